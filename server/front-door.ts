import type { Aliases } from '../auth/aliases.ts';
import type { Domains } from '../auth/domains.ts';
import type { EventPackages } from '../events/package.ts';
import { seconds } from '../kernel/clock.ts';
import type { Locations } from '../proxy/locations.ts';
import type { Dispatch } from '../sip-stack/dispatch.ts';
import { createOptions } from '../sip-stack/options.ts';
import { serviceUnavailable } from '../sip-stack/refusals.ts';
import type { Registration } from '../sip-stack/registration.ts';
import type { RequestReceiver } from '../sip-stack/responder.ts';
import type { SipRequest } from '../sip-stack/wire/message.ts';
import type { SipUri } from '../sip-stack/wire/uri.ts';

/** Told to whoever comes while the server stops: it is most often back after a moment. */
const comeAgainAfter = seconds(5);

/** OPTIONS tells what the others can do (RFC 3261 §11.2). */
export function optionsOf(
  supported: () => readonly string[],
  dispatch: () => Dispatch,
  packages: EventPackages,
): Registration {
  const handler = createOptions({
    allow: () => dispatch().allow,
    supported: () => [...new Set(supported())],
    accept: () => [...new Set(packages.all.flatMap(({ publication }) => publication?.bodies ?? []))],
    acceptEncoding: () => [],
    allowEvents: () => packages.all.map(({ name }) => name),
  });
  return { method: 'OPTIONS', handler };
}

/**
 * Whether a SUBSCRIBE is answered here and not by a device: one for a package of ours, one that names no package, and one that no
 * device is there for, which is then refused with 489 (RFC 6665 §8.3.2).
 */
export function createOwnEvents(
  packages: EventPackages,
  users: {
    readonly domains: Pick<Domains, 'localAor'>;
    readonly aliases: Pick<Aliases, 'resolve'>;
    readonly locations: Pick<Locations, 'targets'>;
  },
): (request: SipRequest, uri: SipUri) => boolean {
  const hasDevices = (uri: SipUri): boolean => {
    const aor = users.domains.localAor(uri);
    return aor !== undefined && (users.aliases.resolve(aor) !== undefined || users.locations.targets(aor).length > 0);
  };
  return (request, uri) => {
    const event = request.headers.first('event');
    if (event === undefined) return true;
    const end = event.indexOf(';');
    return packages.find((end < 0 ? event : event.slice(0, end)).trim()) !== undefined || !hasDevices(uri);
  };
}

/** Lets requests in to the dispatch until it is closed; then each is asked to come again. */
export function createDoor(dispatch: RequestReceiver): RequestReceiver & { close(): void } {
  let closed = false;
  return {
    onRequest(request, flow, receivedAt, responder) {
      if (closed) responder.respond(serviceUnavailable(comeAgainAfter, 'Server Is Restarting'));
      else dispatch.onRequest(request, flow, receivedAt, responder);
    },
    takesMerged: (request, flow) => dispatch.takesMerged?.(request, flow) === true,
    close() {
      closed = true;
    },
  };
}
