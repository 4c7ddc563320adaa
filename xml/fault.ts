/** Why a document was not read. */
export type XmlFaultKind =
  /** Not well-formed XML 1.0 with namespaces, or not UTF-8 although it says so. */
  | 'malformed'
  /** Lawful XML that is never taken: a document type declaration, and with it entities. */
  | 'forbidden'
  /** Beyond a bound of kernel/limits.ts. */
  | 'too-large'
  /** In another encoding than UTF-8. */
  | 'encoding';

export interface XmlFault {
  readonly kind: XmlFaultKind;
  /** For people; printable ASCII, short, without a quotation mark: safe inside a header field. */
  readonly text: string;
  /** 1-based. */
  readonly line: number;
  /** 1-based, in characters. */
  readonly column: number;
}

/** A fault before its place was counted out: only a refused document pays for that. */
export interface FaultAt {
  readonly kind: XmlFaultKind;
  readonly text: string;
  readonly offset: number;
}

export const faultAt = (offset: number, text: string, kind: XmlFaultKind = 'malformed'): FaultAt => ({
  kind,
  text,
  offset,
});

/** Names where `offset` is, as a text editor would. */
export function placeOf(source: string, offset: number): { readonly line: number; readonly column: number } {
  let line = 1;
  let lineStart = 0;
  for (;;) {
    const end = source.indexOf('\n', lineStart);
    if (end === -1 || end >= offset) return { line, column: Math.max(offset, lineStart) - lineStart + 1 };
    line += 1;
    lineStart = end + 1;
  }
}

export const located = (source: string, fault: FaultAt): XmlFault => ({
  kind: fault.kind,
  text: fault.text,
  ...placeOf(source, fault.offset),
});

/** A name from a hostile document made fit for a message: printable ASCII, at most 40 characters. */
export function shown(name: string): string {
  const short = name.length > 40 ? `${name.slice(0, 37)}...` : name;
  return short.replace(/[^ !#-[\]-~]/g, '?');
}
