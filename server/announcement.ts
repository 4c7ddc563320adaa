/** What a person wants to know when the server has started. */
export interface Started {
  readonly version: string;
  readonly domains: readonly string[];
  /** `udp 0.0.0.0:5060`. */
  readonly listening: readonly string[];
  readonly database: string;
  /** Whether the database was made at this start. */
  readonly databaseCreated: boolean;
  readonly accounts: number;
  /** What must be repeated on the command line of `pharos user` to reach the same server: `--domain example.org`. */
  readonly options: string;
}

/** The lines printed at the start: what listens where, and what to do next. */
export function announcement(started: Started): readonly string[] {
  const [main = 'localhost'] = started.domains;
  const created = started.databaseCreated ? ' (made just now)' : '';
  const users = started.accounts === 1 ? '1 account' : `${String(started.accounts)} accounts`;
  const options = started.options === '' ? '' : ` ${started.options}`;
  return [
    `Pharos ${started.version} is ready.`,
    '',
    `  domain     ${started.domains.join(', ')}`,
    ...started.listening.map((where, at) => `  ${at === 0 ? 'listening' : '         '}  ${where}`),
    `  database   ${started.database}${created}, ${users}`,
    '',
    'What to do next:',
    `  add a user           npx pharos user add alice@${main}${options}`,
    `  point a SIP client   user alice@${main}, her password, this machine as (outbound) proxy`,
    '  see how it works     npm run demo',
    '  read on              README.md, docs/operate.md, docs/configuration.md',
    'Ctrl-C stops the server.',
  ];
}
