import { instant } from '../../kernel/clock.ts';
import type { Peer, TransportFacts } from '../../sip-stack/flow.ts';
import type { Direction } from '../../trace/traced-message.ts';
import { TracedMessage } from '../../trace/traced-message.ts';
import { udp } from './fake-layer.ts';

export interface TracedParts {
  readonly text?: string;
  readonly bytes?: Buffer;
  readonly direction?: Direction;
  readonly transport?: TransportFacts;
  readonly local?: Peer;
  readonly remote?: Peer;
}

/** A message of alice's phone as the trace sees it. */
export const traced = (parts: TracedParts = {}): TracedMessage =>
  new TracedMessage(
    parts.direction ?? 'received',
    instant(1_700_000_000_123),
    parts.transport ?? udp,
    parts.local ?? { host: '192.0.2.1', port: 5060 },
    parts.remote ?? { host: '192.0.2.7', port: 40_000 },
    parts.bytes ?? Buffer.from(parts.text ?? sipText(), 'latin1'),
  );

export interface SipTextParts {
  readonly start?: string;
  readonly cseq?: string;
  readonly callId?: string;
  readonly from?: string;
  readonly to?: string;
  readonly headers?: readonly string[];
  readonly body?: string;
}

/** A message as text; an INVITE of alice to bob unless the parts say otherwise. */
export function sipText(parts: SipTextParts = {}): string {
  const { start = 'INVITE sip:bob@example.org SIP/2.0', headers = [], body = '' } = parts;
  return [
    start,
    'Via: SIP/2.0/UDP 192.0.2.7:40000;branch=z9hG4bKx',
    'Max-Forwards: 70',
    `From: ${parts.from ?? '"Alice" <sip:alice@example.org>;tag=a'}`,
    `To: ${parts.to ?? '<sip:bob@example.org>'}`,
    `Call-ID: ${parts.callId ?? 'c1@192.0.2.7'}`,
    `CSeq: ${parts.cseq ?? '1 INVITE'}`,
    ...headers,
    `Content-Length: ${String(body.length)}`,
    '',
    body,
  ].join('\r\n');
}
