import type { Values } from '../config/section.ts';
import { choice, list, section, text } from '../config/section.ts';
import { parseListenAddress } from './listen-address.ts';

const isDomain = (entry: string): string | undefined =>
  entry.length <= 253 && /^[a-z0-9](?:[a-z0-9-]*[a-z0-9])?(?:\.[a-z0-9](?:[a-z0-9-]*[a-z0-9])?)*$/i.test(entry)
    ? undefined
    : 'is not a domain name: write it like example.org';

const isListenAddress = (entry: string): string | undefined => {
  const address = parseListenAddress(entry);
  return address.ok ? undefined : address.fault;
};

/** What this server is, where it listens and where it keeps its state. */
export const serverSection = section({
  domains: list({
    default: ['localhost'],
    min: 1,
    max: 32,
    accepts: 'domain names',
    check: isDomain,
    doc:
      'The domains this server answers for: users are user@domain. The first is the main one: an address such as ' +
      'alice@192.0.2.1, with an address of this machine in place of the domain, means alice in it.',
  }),
  listen: list({
    default: ['udp:0.0.0.0:5060', 'udp:[::]:5060', 'tcp:0.0.0.0:5060', 'tcp:[::]:5060'],
    min: 1,
    max: 32,
    accepts: "transport:address:port entries such as 'udp:0.0.0.0:5060' or 'tls:[::]:5061'",
    check: isListenAddress,
    doc:
      'Where SIP is listened for: udp, tcp, tls, ws (WebSocket), wss (secure WebSocket). Left as it is, tls:0.0.0.0:5061 and ' +
      'tls:[::]:5061 are added where `tls.certificates` names one; tls and wss need one. Port 0 takes a free port. An IPv6 entry on a machine without IPv6 is a warning; any ' +
      'other entry that cannot be bound ends the start.',
  }),
  advertise: text({
    default: '',
    max: 253,
    accepts: 'a host name or an address',
    check: (host) => (host === '' ? undefined : isDomain(host)),
    doc:
      'The host that Via and Contact of this server name in place of the local address: for a server behind address ' +
      'translation. Empty: the address a message leaves from.',
  }),
  database: text({
    default: './data/pharos.sqlite',
    min: 1,
    max: 4096,
    accepts: "a file name, or ':memory:' to keep nothing",
    doc: 'The SQLite file that holds accounts, bindings, publications and subscriptions; made at the first start.',
  }),
  durability: choice({
    of: ['power-loss', 'process-crash'],
    default: 'power-loss',
    doc:
      'What an acknowledged change survives. power-loss: it is on the disk before the answer leaves. process-crash: it is ' +
      'with the operating system, so that a crash of the machine itself may cost the last seconds; faster on slow disks.',
  }),
  controlSocket: text({
    default: '',
    max: 100,
    accepts: "a file name of at most 100 characters, or 'none'",
    doc:
      'The Unix domain socket through which `pharos user` and its like reach the running server; only the user who ' +
      'started the server may use it. Empty: the name of the database with `.sock` after it.',
  }),
});
export type ServerConfig = Values<typeof serverSection>;

/** How the log is written. */
export const logSection = section({
  level: choice({
    of: ['debug', 'info', 'warn', 'error'],
    default: 'info',
    reload: 'live',
    doc: 'The least important lines that are written.',
  }),
  format: choice({
    of: ['auto', 'json', 'text'],
    default: 'auto',
    doc: 'One JSON object a line, or one line for people; auto: for people on a terminal, JSON otherwise.',
  }),
});
export type LogConfig = Values<typeof logSection>;
export type LogLevel = LogConfig['level'];
