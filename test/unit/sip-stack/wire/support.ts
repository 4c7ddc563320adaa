import assert from 'node:assert/strict';
import type { Result } from '../../../../kernel/result.ts';
import type { SipMessage, SipRequest, SipResponse } from '../../../../sip-stack/wire/message.ts';
import { parseMessage } from '../../../../sip-stack/wire/parse.ts';
import { faultOf } from '../../../../sip-stack/wire/validate.ts';

/** Header lines of a sound REGISTER. */
export const registerLines: readonly string[] = [
  'Via: SIP/2.0/UDP 192.0.2.10:5060;branch=z9hG4bK776;rport',
  'Max-Forwards: 70',
  'From: "Alice" <sip:alice@example.com>;tag=456248',
  'To: <sip:alice@example.com>',
  'Call-ID: 843817@192.0.2.10',
  'CSeq: 1826 REGISTER',
];

/** Bytes of a message of these lines. */
export const bytesOf = (lines: readonly string[], body = ''): Buffer =>
  Buffer.from(`${lines.join('\r\n')}\r\n\r\n${body}`, 'latin1');

/** Bytes of a REGISTER with these lines after the sound ones. */
export const registerBytes = (more: readonly string[] = [], body = ''): Buffer =>
  bytesOf(['REGISTER sip:example.com SIP/2.0', ...registerLines, ...more], body);

export function valueOf<Value>(result: Result<Value, unknown>): Value {
  assert.ok(result.ok, result.ok ? '' : String(result.fault));
  return result.value;
}

export function faultIn(result: Result<unknown, string>): string {
  assert.ok(!result.ok);
  return result.fault;
}

/** A message that must be sound. */
export function sound(bytes: Buffer): SipMessage {
  const message = valueOf(parseMessage(bytes));
  assert.equal(faultOf(message), undefined);
  return message;
}

export function soundRequest(bytes: Buffer): SipRequest {
  const message = sound(bytes);
  assert.ok(message.kind === 'request');
  return message;
}

export function soundResponse(bytes: Buffer): SipResponse {
  const message = sound(bytes);
  assert.ok(message.kind === 'response');
  return message;
}

/** The reason for which these bytes are refused, by the parser or by `faultOf`. */
export function refusalOf(bytes: Buffer): string | undefined {
  const parsed = parseMessage(bytes);
  return parsed.ok ? faultOf(parsed.value)?.reason : parsed.fault.reason;
}
