import type { Peer } from '../../sip-stack/flow.ts';
import type { SipMessage, SipRequest } from '../../sip-stack/wire/message.ts';
import { parseMessage } from '../../sip-stack/wire/parse.ts';
import { presenceDocument } from '../../tools/demo/presence-text.ts';
import type { MemoryNetwork } from '../support/memory-network.ts';

type Fields = readonly (readonly [name: string, value: string])[];

/** One device in a conversation: it has one registration, one publication and one subscription. */
export interface Device {
  /** What came and was not taken; a message sent again counts once. */
  readonly waiting: readonly SipMessage[];
  take(): SipMessage | undefined;
  request(method: string, target: string, fields: Fields): void;
  /** Answers the request that was taken last. */
  respond(status: number, fields: Fields): void;
}

export function createDevice(options: {
  readonly name: string;
  readonly domain: string;
  readonly at: Peer;
  readonly server: Peer;
  readonly network: MemoryNetwork;
}): Device {
  const { name, domain, at, network } = options;
  const [user = name, place = 'phone'] = name.split('/');
  const local = `${at.host}:${String(at.port)}`;
  const aorOf = (person: string): string => (person === domain ? `sip:${domain}` : `sip:${person}@${domain}`);
  const waiting: SipMessage[] = [];
  const seen = new Set<string>();
  let taken: SipRequest | undefined;
  let count = 0;
  let remote: { readonly tag: string; readonly target: string } | undefined;

  const onMessage = (message: SipMessage): void => {
    const text = `${message.kind} ${String(message.via.branch)} ${message.kind === 'response' ? String(message.status) : ''}`;
    if (seen.has(text)) return;
    seen.add(text);
    waiting.push(message);
    if (message.kind === 'response' && message.cseq.method === 'SUBSCRIBE' && message.status === 200) {
      const target = /<([^>]+)>/.exec(message.headers.first('contact') ?? '')?.[1] ?? '';
      remote = { tag: message.to.tag ?? '', target };
    }
  };
  network.attach(at, (bytes) => {
    const parsed = parseMessage(bytes);
    if (parsed.ok) onMessage(parsed.value);
  });
  const send = (lines: readonly string[], body = ''): void => {
    const length = `Content-Length: ${String(Buffer.byteLength(body))}`;
    network.deliver(at, Buffer.from([...lines, length, '', body].join('\r\n')));
  };

  return {
    waiting,
    take() {
      const message = waiting.shift();
      if (message?.kind === 'request') taken = message;
      return message;
    },
    request(method, target, fields) {
      count += 1;
      const dialog = valueOf(fields, 'dialog');
      const tag = dialog === 'same' ? remote?.tag : dialog;
      const aor = aorOf(target);
      const uri = method === 'REGISTER' ? `sip:${domain}` : dialog === 'same' ? (remote?.target ?? aor) : aor;
      const pidf = valueOf(fields, 'pidf');
      const contact = ['REGISTER', 'SUBSCRIBE'].includes(method) && valueOf(fields, 'Contact') === undefined;
      send(
        [
          `${method} ${uri} SIP/2.0`,
          `Via: SIP/2.0/UDP ${local};branch=z9hG4bK-${name.replace('/', '-')}-${String(count)}`,
          'Max-Forwards: 70',
          `From: <${aorOf(user)}>;tag=${place}-${method}`,
          `To: <${aor}>${tag === undefined ? '' : `;tag=${tag}`}`,
          `Call-ID: ${method}-${name.replace('/', '-')}`,
          `CSeq: ${String(count)} ${method}`,
          ...(contact ? [`Contact: <sip:${user}@${local}>`] : []),
          ...fields
            .filter(([field]) => field !== 'dialog' && field !== 'pidf')
            .map(([field, text]) => `${field}: ${text}`),
          ...(pidf === undefined ? [] : ['Content-Type: application/pidf+xml']),
        ],
        pidf === undefined ? '' : documentOf(aor, place, pidf),
      );
    },
    respond(status, fields) {
      if (taken === undefined) throw new Error(`${name} has no request to answer`);
      const { headers } = taken;
      const copied = ['Via', 'From', 'To', 'Call-ID', 'CSeq'].flatMap((field) =>
        headers.all(field.toLowerCase()).map((text) => `${field}: ${text}`),
      );
      send([`SIP/2.0 ${String(status)} Answer`, ...copied, ...fields.map(([field, text]) => `${field}: ${text}`)]);
    },
  };
}

const valueOf = (fields: Fields, name: string): string | undefined =>
  fields.find(([field]) => field.toLowerCase() === name.toLowerCase())?.[1];

/** `open; busy` as a document. */
function documentOf(entity: string, device: string, says: string): string {
  const [basic = '', activity] = says.split(/; */);
  if (basic !== 'open' && basic !== 'closed') throw new Error(`pidf: ${says} is neither open nor closed`);
  return presenceDocument(entity, device, { basic, note: device, ...(activity === undefined ? {} : { activity }) });
}
