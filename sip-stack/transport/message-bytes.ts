import type { SipMessage } from '../wire/message.ts';

/** The bytes of a message received on a stream, made anew for a tap: what was cut off is not kept. */
export function bytesOfMessage({ received = '', body }: SipMessage): Buffer {
  const head = Buffer.from(received, 'latin1');
  return body.length === 0 ? head : Buffer.concat([head, body]);
}
