import type { CSeq } from './cseq.ts';
import { scanCSeq } from './cseq.ts';
import { CALL_ID, CSEQ, FROM, TO, VIA } from './header-names.ts';
import type { IndexedHeaders } from './headers.ts';
import type { SipRequest, SipResponse } from './message.ts';
import type { NameAddr } from './name-addr.ts';
import { scanOneNameAddr } from './name-addr.ts';
import { noParams } from './params.ts';
import { indexText } from './scan.ts';
import { sourceOf } from './source.ts';
import type { Source } from './source.ts';
import type { WireText } from './text.ts';
import type { SipUri } from './uri.ts';
import { scanWholeUri } from './uri.ts';
import type { Via, ViaText } from './via.ts';
import { scanSentBy, scanVia } from './via.ts';

/** Reads the first value between `start` and `end`; a sentence that names the fault when there is none. */
type Reader<Value> = (source: Source, start: number, end: number) => Value | string;

/** A value, or the fault that stands in its place. */
export function read<Value>(headers: IndexedHeaders, number: number, reader: Reader<Value>): Value | string {
  const at = headers.lineOf(number, 0);
  if (at < 0) return 'missing header field';
  if (headers.isFolded(at)) {
    const source = sourceOf(headers.valueAt(at));
    return reader(source, 0, source.bytes.length);
  }
  return reader(headers, headers.startOf(at), headers.endOf(at));
}

/** What stands for a member that cannot be read, in a message known to be faulty. */
const unreadable: NameAddr = {
  displayName: undefined,
  uri: {
    scheme: '',
    user: undefined,
    password: undefined,
    host: '',
    port: undefined,
    params: noParams,
    headers: new Map(),
    rest: '',
    text: '',
  },
  params: noParams,
  tag: undefined,
};

const noVia: Via = { transport: '', host: '', port: undefined, branch: undefined, params: noParams, hasRport: false };
const noCSeq: CSeq = { number: 0, method: '' };
/**
 * What requests and responses share. Classes with prototype getters: a message is made by one allocation whatever is read of
 * it, which costs a third of what an object literal of closures does.
 */
abstract class TypedMessage {
  private readonly text: WireText;
  private readonly headEnd: number;
  private indexed: IndexedHeaders | undefined;
  private readonly isReceived: boolean;
  private bytes: Buffer;
  private verdict: 'sound' | 'faulty' | undefined = undefined;
  private viaRead: ViaText | string | undefined = undefined;
  private fromRead: NameAddr | string | undefined = undefined;
  private toRead: NameAddr | string | undefined = undefined;
  private cseqRead: CSeq | string | undefined = undefined;

  constructor(text: WireText, headEnd: number, headers: IndexedHeaders | undefined, body: Buffer) {
    this.text = text;
    this.headEnd = headEnd;
    this.indexed = headers;
    this.isReceived = headers !== undefined;
    this.bytes = body;
  }

  /** Header section: start line, header lines, empty line. */
  get head(): WireText {
    return this.headEnd === this.text.length ? this.text : this.text.slice(0, this.headEnd);
  }
  get headers(): IndexedHeaders {
    this.indexed ??= indexText(this.text);
    return this.indexed;
  }
  get body(): Buffer {
    return this.bytes;
  }
  get received(): WireText | undefined {
    return this.isReceived ? this.head : undefined;
  }
  get via(): Via {
    const via = this.viaOrFault;
    return typeof via === 'string' ? this.proved(this.sentBy, noVia) : via;
  }
  get from(): NameAddr {
    return this.proved(this.fromOrFault, unreadable);
  }
  get to(): NameAddr {
    return this.proved(this.toOrFault, unreadable);
  }
  get cseq(): CSeq {
    return this.proved(this.cseqOrFault, noCSeq);
  }
  get callId(): WireText {
    const at = this.headers.lineOf(CALL_ID, 0);
    return at < 0 ? this.proved<WireText>(undefined, '') : this.headers.valueAt(at);
  }

  get viaOrFault(): ViaText | string {
    this.viaRead ??= read<ViaText>(this.headers, VIA, scanVia);
    return this.viaRead;
  }
  get fromOrFault(): NameAddr | string {
    this.fromRead ??= read<NameAddr>(this.headers, FROM, scanOneNameAddr);
    return this.fromRead;
  }
  get toOrFault(): NameAddr | string {
    this.toRead ??= read<NameAddr>(this.headers, TO, scanOneNameAddr);
    return this.toRead;
  }
  get cseqOrFault(): CSeq | string {
    this.cseqRead ??= read<CSeq>(this.headers, CSEQ, scanCSeq);
    return this.cseqRead;
  }

  /** The topmost Via without its parameters, which may be malformed: for refusing the message. */
  get sentBy(): ViaText | string {
    return read<ViaText>(this.headers, VIA, scanSentBy);
  }

  /** Whether it was found faulty and is here only to be answered with a refusal. */
  get faulty(): boolean {
    return this.verdict === 'faulty';
  }
  /** Tells what faultOf found; from then on no member throws. */
  judge(verdict: 'sound' | 'faulty'): void {
    this.verdict = verdict;
  }

  /** Adds the body that a stream brought after the header section; to be called once, before the message is handed on. */
  attach(body: Buffer): void {
    this.bytes = body;
  }

  /**
   * A member, or what stands in its place in a message that was judged: From and To of a response are not checked, they are our
   * own, echoed. A message that was not judged must not be used (a bug, and so an exception).
   */
  protected proved<Value extends object | string>(value: Value | string | undefined, otherwise: Value): Value {
    if (typeof value === 'object') return value;
    if (this.verdict === undefined) throw new Error(`a message is used that was not checked: ${String(value)}`);
    return otherwise;
  }
}

export class TypedRequest extends TypedMessage implements SipRequest {
  readonly kind = 'request';
  readonly method: string;
  readonly uri: WireText;
  private uriRead: SipUri | string | undefined = undefined;

  constructor(
    text: WireText,
    headEnd: number,
    headers: IndexedHeaders | undefined,
    body: Buffer,
    method: string,
    uri: WireText,
  ) {
    super(text, headEnd, headers, body);
    this.method = method;
    this.uri = uri;
  }

  get requestUri(): SipUri {
    return this.proved(this.uriOrFault, unreadable.uri);
  }
  get uriOrFault(): SipUri | string {
    // The Request-URI stands after the method and one space (RFC 3261 §7.1).
    const start = this.method.length + 1;
    this.uriRead ??= scanWholeUri(this.headers, start, start + this.uri.length);
    return this.uriRead;
  }
}

export class TypedResponse extends TypedMessage implements SipResponse {
  readonly kind = 'response';
  readonly status: number;

  constructor(text: WireText, headEnd: number, headers: IndexedHeaders | undefined, body: Buffer, status: number) {
    super(text, headEnd, headers, body);
    this.status = status;
  }

  get reason(): WireText {
    // What follows the three digits of the status and one space (RFC 3261 §7.2).
    const { head } = this;
    const line = head.slice(0, head.indexOf('\n'));
    return (line.endsWith('\r') ? line.slice(0, -1) : line).slice(12);
  }
}

export type TypedSipMessage = TypedRequest | TypedResponse;
