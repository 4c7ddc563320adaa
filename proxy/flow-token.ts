import { createHmac, timingSafeEqual } from 'node:crypto';
import { limits } from '../kernel/limits.ts';
import type { FlowKey } from '../sip-stack/flow.ts';
import { copyText } from '../sip-stack/wire/text.ts';

/**
 * Flow tokens: the name of a flow as the user part of a URI of ours, sealed, so that a later request of the dialog finds the
 * flow though nothing is remembered here (RFC 5626 §5.2).
 */
export interface FlowTokens {
  seal(flow: FlowKey): string;
  /** @returns undefined for a token that was not made here or was tampered with */
  open(token: string): FlowKey | undefined;
}

/** Tells a token from the user parts that others write. */
const mark = '~';
/** Bytes of the seal: HMAC-SHA-256 cut to 80 bits, as the example of RFC 5626 §5.2 has it. */
const sealBytes = 10;

/** Whether the user part of a URI of ours looks like a token. */
export const isFlowToken = (user: string | undefined): user is string => user?.startsWith(mark) === true;

/** @param secret  whoever knows it can make tokens; the same after a restart, the tokens stay good */
export function createFlowTokens(secret: string): FlowTokens {
  /** The tokens made and opened last: each flow has one, and each dialog asks for it several times. */
  const tokens = new Map<FlowKey, string>();
  const flows = new Map<string, FlowKey>();

  const sealOf = (name: Buffer): Buffer => createHmac('sha256', secret).update(name).digest().subarray(0, sealBytes);

  const remember = (flow: FlowKey, token: string): void => {
    if (tokens.size >= limits.peersRememberedMax) {
      tokens.clear();
      flows.clear();
    }
    tokens.set(flow, token);
    flows.set(token, flow);
  };

  return {
    seal(flow) {
      const known = tokens.get(flow);
      if (known !== undefined) return known;
      const name = Buffer.from(flow, 'latin1');
      const token = mark + Buffer.concat([sealOf(name), name]).toString('base64url');
      remember(copyText(flow), token);
      return token;
    },
    open(token) {
      const known = flows.get(token);
      if (known !== undefined) return known;
      const bytes = Buffer.from(token.slice(mark.length), 'base64url');
      const name = bytes.subarray(sealBytes);
      if (name.length === 0 || !timingSafeEqual(sealOf(name), bytes.subarray(0, sealBytes))) return undefined;
      const flow = name.toString('latin1');
      remember(flow, copyText(token));
      return flow;
    },
  };
}
