/** True for bytes that are line ends alone: a keepalive, or the filling between two messages (RFC 3261 §7.5). */
export function isLineEnds(bytes: Buffer): boolean {
  for (const byte of bytes) {
    if (byte !== 0x0d && byte !== 0x0a) return false;
  }
  return true;
}
