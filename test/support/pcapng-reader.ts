/** A packet of a capture file. */
export interface CapturedPacket {
  readonly interfaceId: number;
  readonly microseconds: number;
  readonly originalLength: number;
  readonly data: Buffer;
  readonly direction: 'inbound' | 'outbound' | 'unknown';
  readonly comment: string | undefined;
}

export interface CaptureContent {
  readonly application: string | undefined;
  /** Link type of each. */
  readonly interfaces: readonly number[];
  readonly packets: readonly CapturedPacket[];
}

/** Reads a capture file in the format of draft-ietf-opsawg-pcapng, apart from what writes it; throws on anything malformed. */
export function readPcapng(file: Buffer): CaptureContent {
  let application: string | undefined;
  const interfaces: number[] = [];
  const packets: CapturedPacket[] = [];
  for (let at = 0; at < file.length; ) {
    const type = file.readUInt32LE(at);
    const length = file.readUInt32LE(at + 4);
    if (length % 4 !== 0 || file.readUInt32LE(at + length - 4) !== length)
      throw new Error('a block without its length');
    const block = file.subarray(at + 8, at + length - 4);
    if (type === 0x0a0d0d0a) {
      if (block.readUInt32LE(0) !== 0x1a2b3c4d) throw new Error('no byte-order magic');
      application = optionsFrom(block, 16).get(4)?.toString();
    } else if (type === 1) interfaces.push(block.readUInt16LE(0));
    else if (type === 6) packets.push(packetIn(block));
    else throw new Error(`block type ${String(type)}`);
    at += length;
  }
  return { application, interfaces, packets };
}

function packetIn(block: Buffer): CapturedPacket {
  const captured = block.readUInt32LE(12);
  const options = optionsFrom(block, 20 + Math.ceil(captured / 4) * 4);
  const flags = (options.get(2)?.readUInt32LE(0) ?? 0) & 3;
  return {
    interfaceId: block.readUInt32LE(0),
    microseconds: block.readUInt32LE(4) * 2 ** 32 + block.readUInt32LE(8),
    originalLength: block.readUInt32LE(16),
    data: block.subarray(20, 20 + captured),
    direction: flags === 1 ? 'inbound' : flags === 2 ? 'outbound' : 'unknown',
    comment: options.get(1)?.toString(),
  };
}

function optionsFrom(block: Buffer, from: number): ReadonlyMap<number, Buffer> {
  const options = new Map<number, Buffer>();
  for (let at = from; at < block.length; ) {
    const code = block.readUInt16LE(at);
    const length = block.readUInt16LE(at + 2);
    if (code === 0) break;
    options.set(code, block.subarray(at + 4, at + 4 + length));
    at += 4 + Math.ceil(length / 4) * 4;
  }
  return options;
}
