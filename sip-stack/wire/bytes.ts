/**
 * The Buffer methods behind `toString('latin1')` and `write(..., 'latin1')`. Present in every Node release; called directly
 * because choosing the encoding by name costs as much as the work itself on a message of 500 bytes.
 */
interface RawBuffer {
  latin1Slice(start: number, end: number): string;
  latin1Write(text: string, offset: number, length: number): number;
  utf8Slice(start: number, end: number): string;
}

const raw = (bytes: Buffer): RawBuffer => bytes as unknown as RawBuffer;

/** One character for each byte of `bytes` from `start` up to `end`. */
export const latin1Slice = (bytes: Buffer, start: number, end: number): string => raw(bytes).latin1Slice(start, end);

/** Writes one byte for each character of `text`; the caller sees to it that it fits and that no character is above 255. */
export const latin1Write = (bytes: Buffer, text: string, offset: number): number =>
  raw(bytes).latin1Write(text, offset, text.length);

/** The characters that `bytes` spell in UTF-8. */
export const utf8Slice = (bytes: Buffer, start: number, end: number): string => raw(bytes).utf8Slice(start, end);

/** A body of no bytes. */
export const noBytes: Buffer = Buffer.alloc(0);
