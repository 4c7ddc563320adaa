import type { SipRequest } from '../sip-stack/wire/message.ts';

/**
 * The part of a branch by which a loop is told from a spiral: a dot, which no other part of a branch of ours has, and fourteen
 * letters and digits (RFC 5393 §4.2.1).
 */
export type LoopHash = (request: SipRequest) => string;

/** Headers that decide where a request goes, beside its Request-URI (RFC 5393 §4.2.1). */
const decidingHeaders = ['route', 'accept-contact', 'reject-contact', 'request-disposition', 'event'] as const;

/**
 * Makes the hash of everything by which the steps choose a way: the Request-URI and the Route values as received, the caller's
 * preferences, who asks, and the transaction, so that an unlucky collision ends with it (RFC 5393 §4.2.4). It does not vary
 * with the method: a CANCEL takes the way of its INVITE.
 *
 * @param seed  unguessable and ours alone: a Via that ends with our hash was put there by us, whatever its sent-by says
 * @param further  names, in lower case, of headers by which an operator's step chooses a way
 */
export function createLoopHash(seed: string, further: readonly string[] = []): LoopHash {
  const headers = [...new Set([...decidingHeaders, ...further])];
  const seeded = new Mix();
  seeded.add(seed);
  return (request) => {
    const mix = new Mix(seeded);
    mix.add(request.uri);
    for (const name of headers) {
      if (request.headers.has(name)) for (const value of request.headers.all(name)) mix.add(value);
      // Where the values of one header end: a Route is no Accept-Contact.
      mix.end();
    }
    mix.add(request.from.uri.text);
    mix.add(request.from.tag ?? '');
    mix.add(request.to.tag ?? '');
    mix.add(request.callId);
    mix.add(String(request.cseq.number));
    return mix.text();
  };
}

/**
 * Two lanes over the characters, FNV-1a and a sum times 31, brought together at the end: 64 bits, of which an unlucky or
 * unfriendly collision in one lane leaves the other. A class for the two numbers, which a closure would box.
 */
class Mix {
  private high: number;
  private low: number;

  constructor(from?: Mix) {
    this.high = from?.high ?? 0x811c9dc5;
    this.low = from?.low ?? 0x01000193;
  }

  add(text: string): void {
    let { high, low } = this;
    for (let at = 0; at < text.length; at += 1) {
      const code = text.charCodeAt(at);
      high = Math.imul(high ^ code, 0x01000193);
      low = ((low << 5) - low + code) | 0;
    }
    this.high = high;
    this.low = low;
    this.end();
  }

  /** What stands between two texts, so that moving a character from one to the next changes the sum. */
  end(): void {
    this.high = Math.imul(this.high ^ 0x100, 0x01000193);
    this.low = Math.imul(this.low ^ (this.low >>> 15) ^ 0x100, 0x85ebca6b);
  }

  text(): string {
    const { high, low } = this;
    const one = Math.imul(high ^ (high >>> 16) ^ low, 0x21f0aaad);
    const two = Math.imul(low ^ (low >>> 13) ^ high, 0x735a2d97);
    return `.${digits(one ^ (one >>> 15))}${digits(two ^ (two >>> 15))}`;
  }
}

const letter = (five: number): number => ((five & 31) < 10 ? 0x30 : 0x57) + (five & 31);

/** 32 bits as seven letters and digits, five bits in each; four times as fast as toString(32). */
const digits = (bits: number): string =>
  String.fromCharCode(
    letter(bits >>> 30),
    letter(bits >>> 25),
    letter(bits >>> 20),
    letter(bits >>> 15),
    letter(bits >>> 10),
    letter(bits >>> 5),
    letter(bits),
  );
