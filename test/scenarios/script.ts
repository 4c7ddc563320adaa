/** One line of a conversation. */
export interface Step {
  /** As written, with its line number: what a failure shows. */
  readonly line: string;
  readonly act:
    | { readonly kind: 'request'; readonly method: string; readonly target: string }
    | { readonly kind: 'response'; readonly status: number }
    | { readonly kind: 'expect-request'; readonly method: string }
    | { readonly kind: 'expect-response'; readonly status: number }
    | { readonly kind: 'expect-nothing' }
    | { readonly kind: 'pass'; readonly seconds: number };
  /** `alice`, or `alice/laptop` for one of several devices; '' for time that passes. */
  readonly device: string;
  /** Header fields, and the words `pidf` and `dialog` of this language. */
  readonly fields: readonly (readonly [name: string, value: string])[];
  /** Seconds to wait for what is expected. */
  readonly within: number;
}

export interface Script {
  readonly title: string;
  readonly steps: readonly Step[];
}

/**
 * Reads a conversation. The first line is `# title  RFC section`; other lines that begin with `#` are remarks. Columns stand apart by two
 * spaces or more:
 *
 *     bob -> SUBSCRIBE alice    Event: presence    Expires: 600
 *     bob <- 200    Expires: 600
 *     bob <- NOTIFY    within 5s    Subscription-State: active;expires=<1..600>    pidf: closed
 *     bob -> 481
 *     bob <- nothing
 *     600s pass
 *
 * `<name>` binds a value where it is expected first, and stands for it from then on; `<1..600>` is any number in that range.
 * `pidf: open, closed; busy` is a presence document, sent or expected; `pidf: none` no document.
 * `reginfo: active; registered, expired` is the state of a registration and the events of its contacts, expected.
 * `dialog: same` sends within the dialog of the device; `dialog: <To tag>` within one of this tag.
 * A NOTIFY is answered with 200 unless the next line answers otherwise.
 */
export function readScript(text: string): Script {
  const lines = text.split('\n').map((line, index) => ({ line: line.trim(), number: index + 1 }));
  const title = /^# (.+)$/.exec(lines[0]?.line ?? '')?.[1];
  if (title === undefined || !title.includes('RFC')) throw new Error('the first line is `# title  RFC section`');
  const steps = lines.filter(({ line }) => line !== '' && !line.startsWith('#'));
  return { title: title.replaceAll(/ {2,}/g, '  '), steps: steps.map(({ line, number }) => stepOf(line, number)) };
}

function stepOf(line: string, number: number): Step {
  const [head = '', ...columns] = line.split(/ {2,}/);
  const place = `line ${String(number)}: ${line}`;
  const act = actOf(head);
  if (act === undefined) throw new Error(`not understood: ${place}`);
  const fields: [string, string][] = [];
  let within = 0;
  for (const column of columns) {
    const [, name, value] = /^([\w-]+): *(.*)$/.exec(column) ?? [];
    const seconds = /^within (\d+)s$/.exec(column)?.[1];
    if (name !== undefined && value !== undefined) fields.push([name, value]);
    else if (seconds !== undefined) within = Number(seconds);
    else throw new Error(`not understood: \`${column}\` in ${place}`);
  }
  return { line: place, act, device: / pass$/.test(head) ? '' : (head.split(' ')[0] ?? ''), fields, within };
}

function actOf(head: string): Step['act'] | undefined {
  const passed = /^(\d+)s pass$/.exec(head)?.[1];
  if (passed !== undefined) return { kind: 'pass', seconds: Number(passed) };
  const [, arrow, what = '', target] = /^[\w/]+ (->|<-) (\w+)(?: (\S+))?$/.exec(head) ?? [];
  if (arrow === '->') {
    if (/^\d{3}$/.test(what)) return { kind: 'response', status: Number(what) };
    return target === undefined ? undefined : { kind: 'request', method: what, target };
  }
  if (arrow !== '<-' || target !== undefined) return undefined;
  if (what === 'nothing') return { kind: 'expect-nothing' };
  return /^\d{3}$/.test(what)
    ? { kind: 'expect-response', status: Number(what) }
    : { kind: 'expect-request', method: what };
}
