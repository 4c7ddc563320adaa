import { registeredMethods } from '../methods.ts';
import { methodNotAllowed, notImplemented } from '../refusals.ts';
import type { Refusal } from '../reply.ts';

/**
 * For a method without handler: 405 when it is a SIP method that we do not serve, 501 when it is none that we know
 * (RFC 3261 §8.2.1, §21.4.6, §21.5.2).
 */
export function refuseMethod(method: string, allow: readonly string[]): Refusal {
  return registeredMethods.has(method) ? methodNotAllowed(allow) : notImplemented(allow);
}
