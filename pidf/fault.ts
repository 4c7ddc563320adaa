import type { XmlFaultKind } from '../xml/fault.ts';

/** Why a body is no presence document. */
export interface PidfFault {
  /** 'schema': well-formed, but against RFC 3863 §4.4 or RFC 4479 §6. */
  readonly kind: XmlFaultKind | 'schema';
  /** For people, with the place: 'tuple without id at 3:5'. Printable ASCII, fit for a header field. */
  readonly text: string;
}
