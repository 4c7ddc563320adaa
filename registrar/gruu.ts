import { hash, timingSafeEqual } from 'node:crypto';
import type { WireText } from '../sip-stack/wire/message.ts';
import type { SipUri } from '../sip-stack/wire/uri.ts';
import { escapeParam } from '../sip-stack/wire/uri-escapes.ts';
import type { Binding } from './tables.ts';

/** What a URI with a `gr` parameter says. */
export type GruuName =
  /** The instance as `bindingsTable` keeps it, but for case; the AOR is the URI without `gr`. */
  | { readonly kind: 'public'; readonly instance: string }
  | { readonly kind: 'temporary'; readonly serial: string }
  /** Looks like a temporary one, but we have not made it. */
  | { readonly kind: 'forged' };

/** Makes and reads GRUUs (RFC 5627); knows no bindings. */
export interface Gruus {
  /** The AOR with the instance as `gr` (RFC 5627 §3.1.1, Appendix A.1): the same for ever. */
  publicOf(aor: string, instance: string): WireText;
  /**
   * The temporary GRUU given with the last REGISTER of a binding (RFC 5627 §5.1): a new one for each CSeq, and nobody can
   * tell whether two are of the same device (Appendix A.2).
   */
  temporaryOf(serial: string, binding: Pick<Binding, 'aor' | 'id' | 'callId' | 'cseq'>): WireText;
  /** `undefined` for a URI without `gr`. */
  read(uri: SipUri): GruuName | undefined;
}

const prefix = 'tgruu.';
/** Bytes of a temporary GRUU: the distinguisher, the serial under a mask that belongs to it, the proof that we made them. */
const distinguisherBytes = 10;
const serialBytes = 6;
const macBytes = 10;
const macStart = distinguisherBytes + serialBytes;

/**
 * As RFC 5627 Appendix A.2, with keyed hashes alone: their inputs are of one length or their results cut, so that none can be
 * extended. The distinguisher is no random number but a keyed hash of what the REGISTER was, so that the GRUU given last can
 * be told again (RFC 5627 §5.2, RFC 5628 §5) without being kept. Three hashes: 10 µs on a busy machine; AES and HMAC objects took 25.
 *
 * @param secret  as the database keeps it
 */
export function createGruus(secret: string): Gruus {
  const keyed = (use: string): ((text: string) => Buffer) => {
    const key = hash('sha256', `${use} ${secret}`);
    return (text) => hash('sha256', key + text, 'buffer');
  };
  const distinguisherOf = keyed('gruu distinguisher');
  const maskOf = keyed('gruu mask');
  const macOf = keyed('gruu mac');

  /** Hides or shows the serial of these bytes in place. */
  const turnSerial = (bytes: Buffer): void => {
    const mask = maskOf(bytes.toString('latin1', 0, distinguisherBytes));
    for (let at = 0; at < serialBytes; at += 1) {
      bytes[distinguisherBytes + at] = (bytes[distinguisherBytes + at] ?? 0) ^ (mask[at] ?? 0);
    }
  };
  const serialOf = (token: string): string | undefined => {
    const bytes = Buffer.from(token, 'base64url');
    if (bytes.length !== macStart + macBytes) return undefined;
    const mac = macOf(bytes.toString('latin1', 0, macStart)).subarray(0, macBytes);
    if (!timingSafeEqual(bytes.subarray(macStart), mac)) return undefined;
    turnSerial(bytes);
    return bytes.toString('base64url', distinguisherBytes, macStart);
  };

  return {
    publicOf: (aor, instance) => `${aor};gr=${escapeParam(withoutBrackets(instance))}`,
    temporaryOf(serial, { aor, id, callId, cseq }) {
      const bytes = Buffer.allocUnsafe(macStart + macBytes);
      distinguisherOf(`${serial} ${id} ${String(cseq)} ${callId}`).copy(bytes, 0, 0, distinguisherBytes);
      bytes.fill(0, distinguisherBytes, macStart);
      bytes.write(serial, distinguisherBytes, serialBytes, 'base64url');
      turnSerial(bytes);
      macOf(bytes.toString('latin1', 0, macStart)).copy(bytes, macStart, 0, macBytes);
      return `sip:${prefix}${bytes.toString('base64url')}@${aor.slice(aor.lastIndexOf('@') + 1)};gr`;
    },
    read(uri) {
      if (!uri.params.has('gr')) return undefined;
      const value = uri.params.get('gr');
      if (value !== undefined && value !== '') return { kind: 'public', instance: `<${value}>` };
      if (uri.user?.startsWith(prefix) !== true) return { kind: 'forged' };
      const serial = serialOf(uri.user.slice(prefix.length));
      return serial === undefined ? { kind: 'forged' } : { kind: 'temporary', serial };
    },
  };
}

const withoutBrackets = (instance: string): string => instance.replace(/^<(.*)>$/s, '$1');

/** Whether an instance of a binding is the one that a public GRUU names; URI parameters have no case (RFC 3261 §19.1.4). */
export const isInstance = (held: string | null, named: string): boolean =>
  held !== null && withoutBrackets(held).toLowerCase() === withoutBrackets(named).toLowerCase();
