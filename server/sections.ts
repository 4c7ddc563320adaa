import { authSection } from '../auth/settings.ts';
import type { AllValues } from '../config/section.ts';
import { escSection } from '../esc/settings.ts';
import { eventsSection } from '../events/settings.ts';
import { presenceSection } from '../presence/settings.ts';
import { registrarSection } from '../registrar/settings.ts';
import { transactionSection } from '../sip-stack/transaction-section.ts';
import { transportSection } from '../sip-stack/transport/settings.ts';
import { dnsSection, logSection, serverSection } from './server-section.ts';

/** Every setting of the server: one line for each section. */
export const sections = {
  server: serverSection,
  log: logSection,
  auth: authSection,
  registrar: registrarSection,
  esc: escSection,
  events: eventsSection,
  presence: presenceSection,
  transaction: transactionSection,
  transport: transportSection,
  dns: dnsSection,
} as const;

/** One sentence for each section, for the manual. */
export const sectionTitles: { readonly [Name in keyof typeof sections]: string } = {
  server: 'What this server is, where it listens and where it keeps its state.',
  log: 'How the log is written; docs/operate.md says what each line means.',
  auth: 'Who is asking: digest access authentication and trusted peers (RFC 3261 §22).',
  registrar: 'Registrations (RFC 3261 §10).',
  esc: 'Publications: the event state compositor (RFC 3903).',
  events: 'Subscriptions and NOTIFYs (RFC 6665).',
  presence: 'The presence event package (RFC 3856).',
  transaction: 'Transactions and what every response carries (RFC 3261 §17).',
  transport: 'UDP and TCP (RFC 3261 §18).',
  dns: 'How host names are looked up (RFC 3263).',
};

/** Settings that everybody needs have a short name too: PHAROS_DOMAIN, --domain. */
export const shortNames = {
  domain: 'server.domains',
  listen: 'server.listen',
  database: 'server.database',
} as const;

export type Config = AllValues<typeof sections>;
