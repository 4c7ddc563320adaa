/** What a collector of HEP version 3 reads in a packet; written from the specification, apart from the encoder. */
export interface Hep {
  readonly family: number;
  readonly protocol: number;
  readonly source: string;
  readonly destination: string;
  readonly sourcePort: number;
  readonly destinationPort: number;
  readonly seconds: number;
  readonly microseconds: number;
  readonly type: number;
  readonly captureId: number;
  readonly authKey: string | undefined;
  readonly correlationId: string | undefined;
  readonly payload: string;
}

/** Throws on anything that is not a well-formed packet with every chunk once. */
export function decodeHep(packet: Buffer): Hep {
  if (packet.toString('latin1', 0, 4) !== 'HEP3') throw new Error('no HEP3');
  if (packet.readUInt16BE(4) !== packet.length) throw new Error('the length is not that of the packet');
  const chunks = new Map<number, Buffer>();
  for (let at = 6; at < packet.length; ) {
    const [vendor, type, length] = [packet.readUInt16BE(at), packet.readUInt16BE(at + 2), packet.readUInt16BE(at + 4)];
    if (vendor !== 0 || length < 6 || at + length > packet.length || chunks.has(type)) throw new Error('a bad chunk');
    chunks.set(type, packet.subarray(at + 6, at + length));
    at += length;
  }
  const must = (type: number): Buffer => {
    const chunk = chunks.get(type);
    if (chunk === undefined) throw new Error(`no chunk ${String(type)}`);
    return chunk;
  };
  const number = (type: number): number => must(type).readUIntBE(0, must(type).length);
  const isFour = number(1) === 2;
  const address = (type: number): string =>
    isFour
      ? [...must(type)].join('.')
      : Array.from({ length: 8 }, (_, group) =>
          must(type)
            .readUInt16BE(2 * group)
            .toString(16),
        ).join(':');
  return {
    family: number(1),
    protocol: number(2),
    source: address(isFour ? 3 : 5),
    destination: address(isFour ? 4 : 6),
    sourcePort: number(7),
    destinationPort: number(8),
    seconds: number(9),
    microseconds: number(10),
    type: number(11),
    captureId: number(12),
    authKey: chunks.get(14)?.toString(),
    correlationId: chunks.get(17)?.toString(),
    payload: must(15).toString('latin1'),
  };
}
