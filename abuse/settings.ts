import { duration, flag, integer, list, section, text } from '../config/section.ts';
import type { Values } from '../config/setting.ts';
import { faultOfNetwork } from '../net/networks.ts';
import { faultOfRate, faultOfRateRule } from './rate-rule.ts';

const networks = 'addresses or networks such as 192.0.2.7, 198.51.100.0/24, 2001:db8::/32';
const rate = "a rate such as '20/s burst 500' or '6/m burst 10'";

/** How much is taken from whom, and who is shut out. */
export const abuseSection = section({
  userRates: list({
    default: [
      'REGISTER 5/s burst 100',
      'SUBSCRIBE 20/s burst 2000',
      'PUBLISH 10/s burst 200',
      'MESSAGE 10/s burst 200',
      'INVITE 5/s burst 60',
      '* 50/s burst 500',
    ],
    min: 0,
    max: 32,
    accepts: "rules such as 'SUBSCRIBE+PUBLISH 20/s burst 500', '*' for the methods that no other rule names",
    check: faultOfRateRule,
    doc:
      'How many requests of some methods one user, on all his devices together, may send once he has proved himself; more ' +
      'are answered 503 with the time to wait (500 where they came through another proxy, so that it does not shun us for ' +
      'all its users). Generous: a list of 2,000 contacts may be subscribed to at once.',
  }),
  sourceRate: text({
    default: '500/s burst 2000',
    accepts: rate,
    check: faultOfRate,
    doc:
      'How many requests that prove nothing (to be challenged, from strangers, malformed) one source may send; more are ' +
      'answered 503 without a transaction, and malformed ones not at all. What users prove does not count, so that a ' +
      'whole office behind one address is served. A source is an IPv4 address or an IPv6 network of 64 bits.',
  }),
  unlimited: list({
    default: ['127.0.0.1', '::1'],
    max: 256,
    accepts: networks,
    check: faultOfNetwork,
    doc: 'Networks whose requests no rate is asked of. By default this machine itself; trusted peers always.',
  }),
  neverBanned: list({
    default: [],
    max: 256,
    accepts: networks,
    check: faultOfNetwork,
    doc: 'Networks that are never banned. Trusted peers never are.',
  }),
  banOffences: integer({
    default: 50,
    min: 1,
    max: 100_000,
    doc:
      'A source is banned after so many offences in quick succession: a wrong password, a request for a user that there is ' +
      'not, a malformed message, a hundred requests beyond sourceRate, twenty attempts of a password in a tight loop. A sixtieth of them is forgiven every ten seconds. ' +
      'Where a user has proved himself in the last hour it takes ten times as many.',
  }),
  banTime: duration({
    default: 600,
    min: 10,
    max: 2_592_000,
    unit: 'seconds',
    reload: 'live',
    doc: 'How long a ban lasts that the server imposes by itself. An operator bans for as long as he says.',
  }),
  banAutomatically: flag({
    default: true,
    reload: 'live',
    doc: 'Whether the server bans by itself. Bans of the operator hold in any case.',
  }),
  passwordTries: text({
    default: '6/m burst 10',
    accepts: rate,
    check: faultOfRate,
    doc:
      'How often one source may try a wrong password for one name; then it is answered 503 with the time to wait, and the ' +
      'password is not looked at. Other users behind the same address do not notice.',
  }),
  scanners: list({
    default: [
      'friendly-scanner',
      'friendly-request',
      'sipvicious',
      'sipcli',
      'sip-scan',
      'sipsscuser',
      'sundayddr',
      'VaxSIPUserAgent',
      'VaxIPUserAgent',
      'pplsip',
      'siparmyknife',
      'scanner.sip',
    ],
    max: 256,
    accepts: 'parts of User-Agent values',
    doc:
      'Programs that look for servers to break into, by what is in their User-Agent header field; a source of one is banned ' +
      'at once, unless a user of ours has proved himself from there in the last hour.',
  }),
});
export type AbuseConfig = Values<typeof abuseSection>;
