import { list, section } from '../config/section.ts';
import type { Values } from '../config/setting.ts';

const domainName = /^[a-z0-9](?:[a-z0-9.-]*[a-z0-9])?$/i;

const isAlias = (entry: string): string | undefined => {
  const [alias = '', domain = '', more] = entry.split('=');
  return more === undefined && domainName.test(alias) && domainName.test(domain)
    ? undefined
    : 'is not written like example.org=example.com';
};

const isDomainOrAll = (entry: string): string | undefined =>
  entry === '*' || domainName.test(entry) ? undefined : 'is neither a domain nor *';

const accepts = "domains of this server, or '*' for all";

/** What holds for single domains. */
export const domainsSection = section({
  aliases: list({
    default: [],
    max: 256,
    accepts: 'alias=domain pairs such as example.org=example.com',
    check: isAlias,
    doc:
      'Further names of domains: alice@example.org is alice@example.com, with one account, one registration and one ' +
      'presence. The domain must be one of server.domains. Digest realms are always the domain itself.',
  }),
  registrationClosed: list({
    default: [],
    accepts,
    check: isDomainOrAll,
    reload: 'live',
    doc: 'Domains whose users cannot register at present: REGISTER is answered 403; the rest goes on.',
  }),
  refuseStrangers: list({
    default: [],
    accepts,
    check: isDomainOrAll,
    reload: 'live',
    doc:
      'Domains whose users take calls, messages and subscriptions only from users of this server and trusted peers; ' +
      'others are answered 403. By default anybody may call a user, as anybody may send mail.',
  }),
  insideOnly: list({
    default: [],
    accepts,
    check: isDomainOrAll,
    reload: 'live',
    doc: 'Domains whose users reach only users of this server: what they send to other domains is answered 403.',
  }),
});
export type DomainsConfig = Values<typeof domainsSection>;
