import type { Reply } from '../reply.ts';
import type { SipRequest } from '../wire/message.ts';

/** The one provisional response that a transaction gives by itself; a Timestamp is echoed (RFC 3261 §8.2.6.1). */
export function trying(request: SipRequest): Reply {
  const timestamp = request.headers.first('timestamp');
  return timestamp === undefined ? { status: 100 } : { status: 100, headers: [['Timestamp', timestamp]] };
}
