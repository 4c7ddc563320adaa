import type { Aor } from '../kernel/aor.ts';
import type { Identity, IncomingRequest } from '../sip-stack/incoming.ts';
import type { CancelListener } from '../sip-stack/responder.ts';
import type { RouteTaken } from '../sip-stack/route-taken.ts';
import type { SipRequest, SipResponse, WireText } from '../sip-stack/wire/message.ts';
import type { SipUri } from '../sip-stack/wire/uri.ts';
import type { HeaderEdits, ProxyCall, Target } from './call.ts';
import type { DialogSeal } from './dialog-seal.ts';
import type { Original } from './forward.ts';
import { originalOf } from './forward.ts';
import { CollectedEdits } from './header-edits.ts';
import type { LoopHash } from './loop-hash.ts';
import type { OwnDomains } from './own-domains.ts';

/** Notes kept of one request; further ones are dropped. */
const notesMax = 32;

const noTargets: readonly Target[] = [];

export type ResponseEdit = (response: SipResponse, edits: HeaderEdits) => void;

/** The one implementation of `ProxyCall`. A class, since there is one for each request that is sent on. */
export class ProxyRequest implements ProxyCall, CancelListener {
  readonly incoming: IncomingRequest;
  readonly isInvite: boolean;
  identity: Identity;
  route: readonly WireText[];
  targets: readonly Target[] = noTargets;
  recordRoute = false;
  stateless = false;
  redirect = false;
  recurse: boolean;
  prefer: ProxyCall['prefer'] = undefined;
  cancelOthers = true;
  /** Undefined unless some step has asked for it. */
  editsMade: CollectedEdits | undefined = undefined;
  responseEdits: ResponseEdit[] | undefined = undefined;
  notes: string[] | undefined = undefined;
  /** The CANCEL that came while the request was not sent on yet. */
  cancelledBy: SipRequest | undefined = undefined;
  /** Who takes a CANCEL once it is. */
  canceller: CancelListener | undefined = undefined;
  private heading: SipUri;
  private aor: Aor | undefined = undefined;
  private knowsAor = false;
  private made: Original | undefined = undefined;
  private readonly taken: RouteTaken;
  private readonly domains: OwnDomains;
  private readonly loopHash: LoopHash;
  private readonly seal: DialogSeal;

  constructor(
    deps: { readonly domains: OwnDomains; readonly loopHash: LoopHash; readonly seal: DialogSeal },
    incoming: IncomingRequest,
    taken: RouteTaken,
    recurse: boolean,
  ) {
    this.domains = deps.domains;
    this.loopHash = deps.loopHash;
    this.seal = deps.seal;
    this.incoming = incoming;
    this.isInvite = incoming.request.method === 'INVITE';
    this.identity = incoming.identity;
    this.taken = taken;
    this.heading = taken.uri;
    this.route = taken.remaining;
    this.recurse = recurse;
  }

  get uri(): SipUri {
    return this.heading;
  }
  set uri(uri: SipUri) {
    this.heading = uri;
    this.knowsAor = false;
  }

  get localAor(): Aor | undefined {
    if (!this.knowsAor) {
      this.aor = this.domains.localAor(this.heading);
      this.knowsAor = true;
    }
    return this.aor;
  }

  get followsOwnRoute(): boolean {
    const { own } = this.taken;
    return own !== undefined && this.seal.isOn(own, this.incoming.request.callId);
  }

  get edits(): HeaderEdits {
    this.editsMade ??= new CollectedEdits();
    return this.editsMade;
  }

  onResponse(edit: ResponseEdit): void {
    this.responseEdits ??= [];
    this.responseEdits.push(edit);
  }

  note(text: string): void {
    this.notes ??= [];
    if (this.notes.length < notesMax) this.notes.push(text);
  }

  onCancel(cancel: SipRequest): void {
    if (this.canceller === undefined) this.cancelledBy = cancel;
    else this.canceller.onCancel(cancel);
  }

  /** What of the request is the same for all its branches. */
  get original(): Original {
    this.made ??= originalOf(this.incoming, this.loopHash(this.incoming.request));
    return this.made;
  }

  /** Whether the Route that goes on is another than came: values of ours were taken away, or a step has changed it. */
  get isRerouted(): boolean {
    return this.taken.own !== undefined || this.route !== this.taken.remaining;
  }

  /** Whether we stay in the path: of the dialog, or of what is registered elsewhere. */
  get isRecorded(): boolean {
    return this.recordRoute || this.incoming.request.method === 'REGISTER';
  }
}
