import { type Instant, secondsUntil } from '../kernel/clock.ts';
import type { Store } from '../db/store.ts';
import type { HeaderPair, WireText } from '../sip-stack/wire/message.ts';
import type { Gruus } from './gruu.ts';
import type { Registration } from './registration.ts';
import type { RegistrarConfig } from './settings.ts';
import { type Binding, type GruuRow, gruusTable } from './tables.ts';

/** The 200 to REGISTER: what the client is told of its registration. */
export interface RegisterAnswer {
  /**
   * All current bindings with what is left of them, the Date, and what the extensions add (RFC 3261 §10.3 step 8).
   *
   * @param tellGruus  whether the client supports GRUUs (RFC 5627 §5.2)
   */
  headers(asked: Registration, bindings: readonly Binding[], now: Instant, tellGruus: boolean): readonly HeaderPair[];
}

export function createRegisterAnswer(
  { store, gruus }: { readonly store: Store; readonly gruus: Gruus },
  config: RegistrarConfig,
): RegisterAnswer {
  const date = createDateText();

  return {
    headers(asked, bindings, now, tellGruus) {
      const headers: HeaderPair[] = [];
      for (const binding of bindings) {
        const gruuText = tellGruus ? gruuParams(store, gruus, binding, bindings) : '';
        headers.push(['Contact', contactText(binding, now) + gruuText]);
      }
      if (asked.kind === 'update') addExtensions(headers, asked, config);
      for (const route of config.serviceRoute) headers.push(['Service-Route', `<${route}>`]);
      headers.push(['Date', date(now)]);
      return headers;
    },
  };
}

function addExtensions(
  headers: HeaderPair[],
  { path, outbound, ownFlow }: Extract<Registration, { readonly kind: 'update' }>,
  { flowTimer }: RegistrarConfig,
): void {
  // Copied back, so that the client sees who has joined its path (RFC 3327 §5.3).
  if (path !== '') headers.push(['Path', path]);
  if (!outbound) return;
  headers.push(['Require', 'outbound']);
  // Only the last hop to the client knows how its flow is kept alive (RFC 5626 §6).
  if (ownFlow && flowTimer > 0) headers.push(['Flow-Timer', String(flowTimer)]);
}

/** A Contact value of a 200 to REGISTER. */
function contactText({ contact, q, params, expiresAt }: Binding, now: Instant): string {
  const preference = q === null ? '' : `;q=${String(q / 1000)}`;
  return `<${contact}>${preference};expires=${String(secondsUntil(now, expiresAt as Instant))}${params}`;
}

/** `pub-gruu` and `temp-gruu`, the one created last, of a binding with an instance (RFC 5627 §5.2). */
function gruuParams(store: Store, gruus: Gruus, binding: Binding, bindings: readonly Binding[]): WireText {
  const { aor, instance } = binding;
  if (instance === null) return '';
  const row = store.get(gruusTable, [aor, instance]);
  const temporary = row === undefined ? '' : `;temp-gruu="${latestTemporary(gruus, row, bindings)}"`;
  return `;pub-gruu="${gruus.publicOf(aor, instance)}"${temporary}`;
}

/** The temporary GRUU of a device that was created last: with the latest REGISTER of any of its contacts. */
export function latestTemporary(gruus: Gruus, row: GruuRow, bindings: readonly Binding[]): WireText {
  let latest: Binding | undefined;
  for (const binding of bindings) {
    if (binding.instance !== row.instance) continue;
    if (latest === undefined || binding.refreshedAt >= latest.refreshedAt) latest = binding;
  }
  return latest === undefined ? '' : gruus.temporaryOf(row.serial, latest);
}

/** RFC 1123 date of an instant (RFC 3261 §20.17), made once a second. */
function createDateText(): (now: Instant) => string {
  let second = Number.NaN;
  let text = '';
  return (now) => {
    const current = Math.floor(now / 1000);
    if (current !== second) {
      second = current;
      text = new Date(now).toUTCString();
    }
    return text;
  };
}
