import { hash } from 'node:crypto';
import type { WireText } from '../sip-stack/wire/message.ts';
import { copyText } from '../sip-stack/wire/text.ts';
import type { SipUri } from '../sip-stack/wire/uri.ts';

/**
 * Tells a Record-Route value of ours from one that somebody made up: `;dlg=` and a keyed hash of the Call-ID. Whoever comes by it
 * follows a dialog whose first request was judged here, though nothing is remembered of it (RFC 3261 §16.6 step 4).
 */
export interface DialogSeal {
  /** The parameter with its `;`, for the URIs of one call. */
  param(callId: WireText): string;
  /** Whether a URI carries the seal of this call. */
  isOn(uri: SipUri, callId: WireText): boolean;
}

const name = 'dlg';
/** 72 bits of SHA-256 in base64url. What is left out keeps the hash from being continued. */
const length = 12;

/** @param secret  whoever knows it can make seals; the same after a restart, the seals stay good */
export function createDialogSeal(secret: string): DialogSeal {
  const key = `${name}|${secret}|`;
  /** All branches of a request are of one call. */
  let lastCall: WireText | undefined;
  let lastSeal = '';

  const sealOf = (callId: WireText): string => {
    if (callId === lastCall) return lastSeal;
    lastSeal = hash('sha256', key + callId, 'base64url').slice(0, length);
    lastCall = copyText(callId);
    return lastSeal;
  };

  return {
    param: (callId) => `;${name}=${sealOf(callId)}`,
    isOn(uri, callId) {
      const told = uri.params.get(name);
      return told !== undefined && isSame(told, sealOf(callId));
    },
  };
}

/** Takes as long for a wrong first character as for a wrong last one. */
function isSame(told: string, seal: string): boolean {
  if (told.length !== seal.length) return false;
  let difference = 0;
  for (let at = 0; at < seal.length; at += 1) difference |= told.charCodeAt(at) ^ seal.charCodeAt(at);
  return difference === 0;
}
