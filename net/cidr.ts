/** A network: the leading `length` bits of `bytes`; IPv4 as 4 bytes, IPv6 as 16. */
export interface Cidr {
  readonly bytes: readonly number[];
  readonly length: number;
}

/** Reads an address or a network in CIDR form (RFC 4632 §3.1, RFC 4291 §2.3); undefined when it is neither. */
export function parseCidr(text: string): Cidr | undefined {
  const slash = text.indexOf('/');
  const bytes = addressBytes(slash < 0 ? text : text.slice(0, slash));
  if (bytes === undefined) return undefined;
  const written = slash < 0 ? String(bytes.length * 8) : text.slice(slash + 1);
  if (!/^\d{1,3}$/.test(written) || Number(written) > bytes.length * 8) return undefined;
  return { bytes, length: Number(written) };
}

/** Whether a numeric address lies in the network; IPv4 mapped into IPv6 counts as IPv4. */
export function inNetwork(address: readonly number[], network: Cidr): boolean {
  if (address.length !== network.bytes.length) return false;
  for (let bit = 0; bit < network.length; bit += 8) {
    const mask = network.length - bit >= 8 ? 0xff : (0xff << (8 - (network.length - bit))) & 0xff;
    const at = bit / 8;
    if (((address[at] ?? 0) & mask) !== ((network.bytes[at] ?? 0) & mask)) return false;
  }
  return true;
}

/** The bytes of a numeric address, a zone left out; undefined for anything else. */
export function addressBytes(text: string): readonly number[] | undefined {
  const host = text.startsWith('[') && text.endsWith(']') ? text.slice(1, -1) : text;
  if (!host.includes(':')) return ipv4Bytes(host);
  const percent = host.indexOf('%');
  const bytes = ipv6Bytes(percent < 0 ? host : host.slice(0, percent));
  const mapped = bytes?.slice(0, 10).every((byte) => byte === 0) === true && bytes[10] === 0xff && bytes[11] === 0xff;
  return mapped ? bytes.slice(12) : bytes;
}

function ipv4Bytes(text: string): readonly number[] | undefined {
  const parts = text.split('.');
  if (parts.length !== 4 || !parts.every((part) => /^\d{1,3}$/.test(part) && Number(part) < 256)) return undefined;
  return parts.map(Number);
}

function ipv6Bytes(text: string): readonly number[] | undefined {
  if (!URL.canParse(`http://[${text}]/`)) return undefined;
  // URL writes eight groups, the longest run of zero groups as '::' (RFC 5952 §4).
  const written = new URL(`http://[${text}]/`).hostname.slice(1, -1);
  const [head = '', tail] = written.split('::');
  const before = groups(head);
  const after = tail === undefined ? [] : groups(tail);
  const zeros = Array.from({ length: 8 - before.length - after.length }, () => 0);
  return [...before, ...zeros, ...after].flatMap((group) => [group >> 8, group & 0xff]);
}

const groups = (text: string): readonly number[] =>
  text === '' ? [] : text.split(':').map((group) => Number.parseInt(group, 16));
