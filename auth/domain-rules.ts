import type { DomainsConfig } from './domain-settings.ts';

/** What holds for a domain of ours, asked by its name in lower case. */
export interface DomainRules {
  registrationClosed(domain: string): boolean;
  refusesStrangers(domain: string): boolean;
  insideOnly(domain: string): boolean;
}

/** Settings are read at each question, so that they are live; most are empty. */
export function createDomainRules(config: DomainsConfig): DomainRules {
  return {
    registrationClosed: (domain) => names(config.registrationClosed, domain),
    refusesStrangers: (domain) => names(config.refuseStrangers, domain),
    insideOnly: (domain) => names(config.insideOnly, domain),
  };
}

const names = (list: readonly string[], domain: string): boolean =>
  list.length > 0 && list.some((entry) => entry === '*' || entry.toLowerCase() === domain);

/** Other names of domains by their own, all in lower case. */
export const domainAliases = (config: Pick<DomainsConfig, 'aliases'>): ReadonlyMap<string, string> =>
  new Map(
    config.aliases.map((entry) => {
      const [alias = '', domain = ''] = entry.toLowerCase().split('=');
      return [alias, domain] as const;
    }),
  );
