import type { EventPackage } from '../events/package.ts';
import type { Aor } from '../kernel/aor.ts';
import type { Clock, Scheduler } from '../kernel/clock.ts';
import type { Log } from '../kernel/log.ts';
import type { Meter } from '../kernel/meter.ts';
import type { PlacedStep } from '../proxy/steps/order.ts';
import type { Registration } from '../sip-stack/registration.ts';

export type { Document, EventPackage, SubHandling, SubscriptionFacts, Watcher } from '../events/package.ts';
export type { Aor } from '../kernel/aor.ts';
export type { Clock, Instant, Milliseconds, Scheduler, Seconds } from '../kernel/clock.ts';
export type { Log } from '../kernel/log.ts';
export type { Meter } from '../kernel/meter.ts';
export type { HeaderEdits, ProxyCall, Target } from '../proxy/call.ts';
export type { ProxyStep, StepVerdict } from '../proxy/step.ts';
export type { PlacedStep } from '../proxy/steps/order.ts';
export type { Answer, Handler, Identity, IncomingRequest } from '../sip-stack/incoming.ts';
export type { Registration } from '../sip-stack/registration.ts';
export type { Refusal, Reply } from '../sip-stack/reply.ts';
export type { SipRequest, SipResponse } from '../sip-stack/wire/message.ts';
export type { SipUri } from '../sip-stack/wire/uri.ts';

/** What an extension is given by the server (docs/extend.md). */
export interface ExtensionContext {
  readonly log: Log;
  readonly meter: Meter;
  readonly clock: Clock;
  readonly scheduler: Scheduler;
  /** The entries of `extensions.settings` that begin with the module's name, without it: `from`, `until`. */
  readonly settings: Readonly<Record<string, string>>;
  /** Whether an address-of-record is a user of ours. */
  isUser(aor: Aor): boolean;
  /** What was published for a resource and has not expired, the oldest first (RFC 3903). */
  published(eventPackage: string, resource: Aor): readonly { readonly contentType: string; readonly body: Buffer }[];
  /** Tells that the state of a resource is no longer what it was: its watchers get a NOTIFY. */
  changed(eventPackage: string, resource: Aor): void;
}

type ListOrFactory<Part> = readonly Part[] | ((context: ExtensionContext) => readonly Part[]);

/** What a module of an operator exports: at least one of these. */
export interface Extension {
  /** Names its settings; the file name without its ending, or the name of the package, when left out. */
  readonly name?: string;
  readonly steps?: ListOrFactory<PlacedStep>;
  readonly eventPackages?: ListOrFactory<EventPackage>;
  /** Methods that the server answers itself. */
  readonly handlers?: ListOrFactory<Registration>;
}
