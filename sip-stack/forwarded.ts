import type { ForwardedRequest } from './forwarding.ts';
import { joinMessage } from './wire/write.ts';

/** The bytes of a request that is sent on, our Via on top (RFC 3261 §16.6 step 8). */
export const forwardedBytes = ({ method, uri, headerText, body }: ForwardedRequest, via: string): Buffer =>
  joinMessage(`${method} ${uri} SIP/2.0\r\nVia: ${via}\r\n${headerText}\r\n`, body);
