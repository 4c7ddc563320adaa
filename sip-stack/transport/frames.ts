import { limits } from '../../kernel/limits.ts';
import type { FramedMessage, Framer } from '../wire/framing.ts';
import type { Result } from '../../kernel/result.ts';
import { fail, ok } from '../../kernel/result.ts';
import type { ParseFault } from '../wire/fault.ts';
import type { SipMessage } from '../wire/message.ts';
import { afterLineEnds, faultWith, readHead, tooLarge } from '../wire/parse.ts';
import { isLineEnds } from './line-ends.ts';

const nothing: readonly FramedMessage[] = [];
const ping: readonly FramedMessage[] = [{ kind: 'ping' }];

/** For sockets that keep messages apart: one SIP message in each chunk (RFC 7118 §5). Keeps nothing, so one serves all. */
export const frames: Framer = {
  push(chunk) {
    // A single line end is the answer to a ping of ours (RFC 7118 §6, RFC 5626 §3.5.1).
    if (isLineEnds(chunk)) return chunk.length > 2 ? ping : nothing;
    const message = messageIn(chunk);
    return [
      message.ok ? { kind: 'message', message: message.value } : { kind: 'fault', fault: message.fault, goesOn: true },
    ];
  },
};

/** The one message that a frame holds; Content-Length may be left out, but must be right (RFC 7118 §5). */
function messageIn(frame: Buffer): Result<SipMessage, ParseFault> {
  const start = afterLineEnds(frame);
  const bytes = start === 0 ? frame : frame.subarray(start);
  const head = readHead(bytes);
  if (head === undefined) return fail({ reason: 'Not a SIP Message', status: 400 });
  const { message, end } = head;
  if (head.fault !== undefined) return fail(faultWith(head.fault, message));
  if (bytes.length > limits.messageBytesMax) return fail(tooLarge(message));
  const available = bytes.length - end;
  const length = head.contentLength ?? available;
  if (length > available) return fail(faultWith('Content-Length Exceeds Frame', message));
  if (length < available && !isLineEnds(bytes.subarray(end + length)))
    return fail(faultWith('Content-Length Short of Frame', message));
  if (length > 0) message.attach(bytes.subarray(end, end + length));
  return ok(message);
}
