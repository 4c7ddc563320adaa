import { overloadSection } from '../abuse/overload-settings.ts';
import { abuseSection } from '../abuse/settings.ts';
import { domainsSection } from '../auth/domain-settings.ts';
import { authSection } from '../auth/settings.ts';
import type { AllValues } from '../config/section.ts';
import { escSection } from '../esc/settings.ts';
import { regSection } from '../event-packages/settings.ts';
import { eventsSection } from '../events/settings.ts';
import { presenceSection } from '../presence/settings.ts';
import { registrarSection } from '../registrar/settings.ts';
import { proxySection } from '../proxy/settings.ts';
import { dnsSection } from '../sip-stack/locate/settings.ts';
import { transactionSection } from '../sip-stack/transaction-section.ts';
import { transportSection } from '../sip-stack/transport/settings.ts';
import { tlsSection } from '../sip-stack/transport/tls-settings.ts';
import { traceSection } from '../trace/settings.ts';
import { extensionsSection } from './extensions-section.ts';
import { logSection, serverSection } from './server-section.ts';

/** Every setting of the server: one line for each section. */
export const sections = {
  server: serverSection,
  log: logSection,
  auth: authSection,
  domains: domainsSection,
  abuse: abuseSection,
  overload: overloadSection,
  registrar: registrarSection,
  proxy: proxySection,
  esc: escSection,
  events: eventsSection,
  presence: presenceSection,
  reg: regSection,
  transaction: transactionSection,
  transport: transportSection,
  tls: tlsSection,
  dns: dnsSection,
  trace: traceSection,
  extensions: extensionsSection,
} as const;

/** One sentence for each section, for the manual. */
export const sectionTitles: { readonly [Name in keyof typeof sections]: string } = {
  server: 'What this server is, where it listens and where it keeps its state.',
  log: 'How the log is written; docs/operate.md says what each line means.',
  auth: 'Who is asking: digest access authentication and trusted peers (RFC 3261 §22).',
  domains: 'What holds for single domains of server.domains: other names, and what their users may do.',
  abuse: 'Rates, bans and scanners: who sends too much, or what nobody should.',
  overload: 'What is refused, and in which order, when more comes than can be answered (RFC 7339).',
  registrar: 'Registrations (RFC 3261 §10).',
  proxy: 'Calls, messages and whatever else goes on from here to users and other domains (RFC 3261 §16).',
  esc: 'Publications: the event state compositor (RFC 3903).',
  events: 'Subscriptions and NOTIFYs (RFC 6665).',
  presence: 'The presence event package (RFC 3856).',
  reg: 'The registration event package: who may watch where users are registered (RFC 3680).',
  transaction: 'Transactions and what every response carries (RFC 3261 §17).',
  transport: 'UDP, TCP, WebSocket, and the bounds of connections (RFC 3261 §18, RFC 7118).',
  tls: 'TLS and secure WebSocket: certificates, and what is asked of peers (RFC 3261 §26, RFC 5922).',
  dns: 'How host names are looked up, and what happens when an address does not answer (RFC 3263).',
  trace: 'Every SIP message to a capture file or to Homer; `pharos trace` needs no setting.',
  extensions: "An operator's own steps, event packages and methods (docs/extend.md).",
};

/** Settings that everybody needs have a short name too: PHAROS_DOMAIN, --domain. */
export const shortNames = {
  domain: 'server.domains',
  listen: 'server.listen',
  database: 'server.database',
} as const;

export type Config = AllValues<typeof sections>;
