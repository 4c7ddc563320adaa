/**
 * Who may send to us at all, asked before a byte is parsed: a datagram or a new connection of a source that is not admitted is
 * dropped. Asked once for each datagram, so a look-up at most.
 */
export interface Admission {
  /**
   * @param host  numeric address of the source, IPv6 without brackets
   * @param port  tells the programs of this machine apart; left out, none of them is told from the others
   */
  admits(host: string, port?: number): boolean;
  /** Something came from a source that no well-behaved client sends: what could not be parsed, a broken frame. */
  onMalformed(host: string, port?: number): void;
  /** Whether the source is one of those that no limit is kept for; nobody is when absent. */
  trusts?(host: string): boolean;
}

/** Everybody is let in. */
export const openDoor: Admission = { admits: () => true, onMalformed: () => undefined };
