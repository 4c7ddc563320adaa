import type { Aor } from '../../kernel/aor.ts';
import { aorFromStore } from '../../kernel/aor.ts';
import { instant } from '../../kernel/clock.ts';
import type { HeaderEdits, ProxyCall, Target } from '../../proxy/call.ts';
import type { OwnDomains } from '../../proxy/own-domains.ts';
import { canonicalAor } from '../../sip-stack/wire/aor.ts';
import type { SipResponse } from '../../sip-stack/wire/message.ts';
import { parseUri, type SipUri } from '../../sip-stack/wire/uri.ts';
import { incomingRequest, type IncomingParts } from './sip-incoming.ts';

/** Domains of a test: `example.org`, and `example.com` beside it. */
export const ourDomains: OwnDomains = {
  primary: 'example.org',
  domainOf: ({ host }) => (host === 'example.org' || host === 'example.com' ? host : undefined),
  localAor: (uri) => (ourDomains.domainOf(uri) === undefined ? undefined : canonicalAor(uri)),
  serves: (host) => host === 'example.org' || host === 'example.com',
};

/** A URI of a test. */
export function uriOf(text: string): SipUri {
  const uri = parseUri(text);
  if (!uri.ok) throw new Error(`${uri.fault}: ${text}`);
  return uri.value;
}

/** Edits written down: `remove x`, `append X: value`. */
export interface WrittenEdits extends HeaderEdits {
  readonly log: string[];
}

export function writtenEdits(): WrittenEdits {
  const log: string[] = [];
  return {
    log,
    remove: (name) => void log.push(`remove ${name}`),
    prepend: (name, value) => void log.push(`prepend ${name}: ${value}`),
    append: (name, value) => void log.push(`append ${name}: ${value}`),
    replace: (name, values) => void log.push(`replace ${name}: ${values.join(' | ')}`),
  };
}

/** A call for the tests of steps, whose changes can be looked at. */
export interface FakeCall extends ProxyCall {
  readonly edits: WrittenEdits;
  readonly notes: readonly string[];
  /** The edits that a response of the called side gets. */
  editsOf(response: SipResponse): readonly string[];
}

export type FakeCallParts = Omit<Partial<IncomingParts>, 'identity'> & {
  readonly targets?: readonly Target[];
  readonly route?: readonly string[];
  readonly identity?: ProxyCall['identity'];
  readonly followsOwnRoute?: boolean;
};

/** Bob of `example.net` calls alice of `example.org`, unless the parts say otherwise. */
export function fakeCall(parts: FakeCallParts = {}): FakeCall {
  const { targets = [], route = [], identity = { kind: 'anonymous' }, followsOwnRoute = false, ...rest } = parts;
  const incoming = incomingRequest({
    method: 'INVITE',
    uri: 'sip:alice@example.org',
    from: 'sip:bob@example.net',
    to: 'sip:alice@example.org',
    now: instant(0),
    ...rest,
  });
  const notes: string[] = [];
  const responseEdits: ((response: SipResponse, edits: HeaderEdits) => void)[] = [];
  return {
    incoming,
    identity,
    uri: incoming.uri,
    get localAor(): Aor | undefined {
      return ourDomains.localAor(this.uri);
    },
    route,
    followsOwnRoute,
    targets,
    recordRoute: false,
    stateless: false,
    redirect: false,
    recurse: false,
    prefer: undefined,
    cancelOthers: true,
    edits: writtenEdits(),
    onResponse: (edit) => void responseEdits.push(edit),
    note: (text) => void notes.push(text),
    notes,
    editsOf(response) {
      const edits = writtenEdits();
      for (const edit of responseEdits) edit(response, edits);
      return edits.log;
    },
  };
}

/** A target as the registrar gives it. */
export const targetOf = (uri: string, parts: Partial<Target> = {}): Target => ({
  uri,
  q: 1000,
  flow: '',
  path: [],
  device: '',
  params: '',
  ...parts,
});

export const aor = (text: string): Aor => aorFromStore(text);
