import type { Clock, Seconds } from '../kernel/clock.ts';
import { milliseconds, seconds } from '../kernel/clock.ts';
import { limits } from '../kernel/limits.ts';
import type { IncomingRequest } from '../sip-stack/incoming.ts';
import { forbidden, serviceUnavailable } from '../sip-stack/refusals.ts';
import type { Refusal } from '../sip-stack/reply.ts';
import type { SipRequest, WireText } from '../sip-stack/wire/message.ts';
import { copyText } from '../sip-stack/wire/text.ts';
import type { SipUri } from '../sip-stack/wire/uri.ts';
import { createLately } from './lately.ts';
import { isSpoofable, type Offences } from './offences.ts';
import { rateOf } from './rate-rule.ts';
import { createRates } from './rates.ts';
import type { AbuseConfig } from './settings.ts';
import { secondsOf, type SourceRate } from './source-rate.ts';
import type { Source } from './sources.ts';

/** Notices who guesses passwords and who looks for users; answers the port SenderWatch of auth/. */
export interface SenderWatch {
  proved(incoming: IncomingRequest): void;
  mayTry(incoming: IncomingRequest, username: WireText): Seconds;
  failed(incoming: IncomingRequest, username: WireText): void;
  unproven(incoming: IncomingRequest): Refusal | undefined;
}

export interface SenderWatchDeps {
  readonly clock: Clock;
  readonly source: Source;
  readonly sourceRate: SourceRate;
  readonly offences: Offences;
  /** A name in a domain of ours: whether somebody has it. Undefined for a URI that is elsewhere or names no user. */
  readonly isUser: (uri: SipUri) => boolean | undefined;
}

/** So many failures of one name are held against its source, then one more an hour: a phone that repeats a wrong password. */
const blamedPerName = { perSecond: 1 / 3600, burst: 10 };
/** So fast goes no phone that repeats a wrong password and is told to wait, nor several of them. */
const toldToWait = { perSecond: 20, burst: 200 };
/** A name that does not exist is held against a source once in this time. */
const probedOnce = { perSecond: 1 / 600, burst: 1 };

export function createSenderWatch(deps: SenderWatchDeps, config: AbuseConfig): SenderWatch {
  const { clock, source, offences } = deps;
  const tries = createRates(rateOf(config.passwordTries));
  const blamed = createRates(blamedPerName);
  const probed = createRates(probedOnce);
  const impatient = createRates(toldToWait);
  /** Sources from which a password was wrong: the others are not looked up by name. */
  const failing = createLately(milliseconds(3_600_000));
  const isScanner = createScannerTest(config.scanners);

  const sourceOf = ({ flow }: IncomingRequest): string => source(flow.remote.host, flow.remote.port);
  const commit = ({ flow }: IncomingRequest, offence: Parameters<Offences['commit']>[2], spoofable: boolean): void =>
    offences.commit(flow.remote.host, flow.remote.port, offence, spoofable);

  const probe = (incoming: IncomingRequest): void => {
    const { request } = incoming;
    const target = request.method === 'REGISTER' ? request.to.uri : incoming.uri;
    if (deps.isUser(target) !== false) return;
    const key = `${sourceOf(incoming)} ${target.user ?? ''}@${target.host}`;
    if (probed.take(key, clock.now()) === 0) commit(incoming, 'unknown-user', isSpoofable(incoming.flow));
  };

  return {
    proved({ flow }) {
      offences.proved(flow.remote.host, flow.remote.port);
    },
    mayTry(incoming, username) {
      if (failing.size === 0) return seconds(0);
      const now = clock.now();
      const from = sourceOf(incoming);
      if (!failing.has(from, now)) return seconds(0);
      const wait = tries.wait(`${from} ${username}`, now);
      if (wait === 0) return seconds(0);
      if (impatient.take(from, now) > 0) commit(incoming, 'hammering', isSpoofable(incoming.flow));
      return secondsOf(wait);
    },
    failed(incoming, username) {
      const now = clock.now();
      const from = sourceOf(incoming);
      const key = copyText(`${from} ${username}`);
      failing.add(from, now);
      tries.take(key, now);
      // What was digested has our nonce in it, most often: whoever sent it got our challenge at that address.
      if (blamed.take(key, now) === 0) commit(incoming, 'wrong-password', isSpoofable(incoming.flow));
      deps.sourceRate.take(incoming.flow);
    },
    unproven(incoming) {
      if (isScanner(incoming.request)) {
        commit(incoming, 'scanner', isSpoofable(incoming.flow));
        return forbidden();
      }
      probe(incoming);
      const wait = deps.sourceRate.take(incoming.flow);
      return wait > 0 ? serviceUnavailable(wait, 'Too Many Requests') : undefined;
    },
  };
}

/** Tells scanners by their User-Agent; the verdicts are remembered, since programs are few (limits.sharedTextsMax). */
function createScannerTest(scanners: readonly string[]): (request: SipRequest) => boolean {
  const names = scanners.map((name) => name.toLowerCase());
  const verdicts = new Map<string, boolean>();
  return ({ headers }) => {
    const userAgent = headers.first('user-agent');
    if (userAgent === undefined) return false;
    const known = verdicts.get(userAgent);
    if (known !== undefined) return known;
    const lower = userAgent.toLowerCase();
    const verdict = names.some((name) => lower.includes(name));
    if (verdicts.size >= limits.sharedTextsMax) verdicts.clear();
    verdicts.set(copyText(userAgent), verdict);
    return verdict;
  };
}
