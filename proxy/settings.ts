import type { Values } from '../config/section.ts';
import { duration, flag, integer, list, section, text } from '../config/section.ts';
import { limits } from '../kernel/limits.ts';
import { stepSettings } from './steps/settings.ts';

const isDomain = (entry: string): string | undefined =>
  /^(?:\[[0-9a-f:.]+\]|[a-z0-9.-]+)$/i.test(entry) ? undefined : 'is neither a domain name nor an address';

export const proxySection = section({
  ...stepSettings,
  timerC: duration({
    default: 185,
    min: 181,
    max: 3600,
    unit: 'seconds',
    reload: 'live',
    doc: 'How long an INVITE may ring before it is cancelled; each provisional response begins the time anew (RFC 3261 §16.8).',
  }),
  nextGroupAfter: duration({
    default: 30,
    min: 0,
    max: 600,
    unit: 'seconds',
    reload: 'live',
    doc:
      'How long the devices of one q value may ring when others with a lower one wait for their turn (RFC 3261 §16.6); 0: ' +
      'until Timer C.',
  }),
  branchesMax: integer({
    default: 32,
    min: 1,
    max: limits.branchesPerRequestMax,
    reload: 'live',
    doc: 'Targets that one request is sent to in all, contacts of redirections included; the ones with the lowest q are left out.',
  }),
  recurse: flag({
    default: false,
    reload: 'live',
    doc: 'Whether the contacts of a 3xx to a request for a user of ours are tried here, in place of telling the caller (RFC 3261 §16.7 step 4).',
  }),
  stateless: list({
    default: [],
    max: 64,
    accepts: 'domain names and addresses',
    check: isDomain,
    doc:
      'Other domains to which requests are sent on without transactions (RFC 3261 §16.11): no retransmission, no failover, no ' +
      '100 of ours.',
  }),
  flowTokenSecret: text({
    default: '',
    max: 256,
    secret: true,
    doc:
      'Seals what we write into Record-Route and Path: the flow tokens (RFC 5626 §5.2), and the mark by which a request within ' +
      'a dialog is told from one that only pretends to be. Empty: made at the first start and kept in the database. Set it when ' +
      'several servers stand behind one name, the same on each. With another value, requests within dialogs that began before ' +
      'are judged as new ones, and devices behind NAT cannot be reached in them.',
  }),
});
export type ProxyConfig = Values<typeof proxySection>;
