import type { SipMessage, SipRequest, SipResponse } from '../../sip-stack/wire/message.ts';
import { parseMessage } from '../../sip-stack/wire/parse.ts';
import { faultOf } from '../../sip-stack/wire/validate.ts';

/** Parses lines as a message of the network, the empty line and Content-Length added; throws when it is not sound. */
export function messageOf(lines: readonly string[], body = ''): SipMessage {
  const text = [...lines, `Content-Length: ${String(body.length)}`, '', body].join('\r\n');
  const parsed = parseMessage(Buffer.from(text, 'latin1'));
  if (!parsed.ok) throw new Error(`${parsed.fault.reason}: ${text}`);
  const fault = faultOf(parsed.value);
  if (fault !== undefined) throw new Error(`${fault.reason}: ${text}`);
  return parsed.value;
}

export function requestOf(lines: readonly string[], body = ''): SipRequest {
  const message = messageOf(lines, body);
  if (message.kind !== 'request') throw new Error('not a request');
  return message;
}

export function responseOf(lines: readonly string[], body = ''): SipResponse {
  const message = messageOf(lines, body);
  if (message.kind !== 'response') throw new Error('not a response');
  return message;
}
