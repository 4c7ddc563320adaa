import { limits } from '../../kernel/limits.ts';
import { familyOf } from '../../net/address.ts';
import type { Peer, TransportFacts } from '../flow.ts';
import { hostPort } from '../flow-key.ts';
import type { SipMessage } from '../wire/message.ts';
import { aliasOf } from './alias.ts';
import type { Connection } from './connection.ts';
import { sameDomain } from './domain-identity.ts';
import type { TransportContext } from './kind.ts';

/** Which connection leads to an address: the alias table of RFC 5923 §5, and every connection by its remote end. */
export interface ConnectionBook {
  enter(connection: Connection): void;
  remove(connection: Connection): void;
  /**
   * The open connection for requests to this address, and for this domain where peers prove who they are (RFC 5923 §8.1);
   * whoever began it (RFC 3261 §18.1.1).
   */
  find(peer: Peer, domain: string | undefined): Connection | undefined;
  /** Enters the alias that the sender of a message asks for, if it does and may have one (RFC 5923 §8.2). */
  noteAlias(connection: Connection, message: SipMessage): void;
}

export function createConnectionBook(
  facts: TransportFacts,
  { settings, tls }: Pick<TransportContext, 'settings' | 'tls'>,
): ConnectionBook {
  /** By `host:port` of the remote end, or an alias of it; secure ones of a known domain also by that and the domain. */
  const byPlace = new Map<string, Connection>();

  const erase = (place: string, connection: Connection): void => {
    if (byPlace.get(place) === connection) byPlace.delete(place);
  };

  /** Whether what is for this domain may go over the connection (RFC 5923 §8.1, §9.3). */
  const serves = (connection: Connection, domain: string | undefined): boolean => {
    if (!facts.secure || domain === undefined) return true;
    if (connection.accepted && familyOf(domain) !== 0) return true;
    if (!connection.accepted && (!tls.verifyServers || sameDomain(connection.domain ?? '', domain))) return true;
    return connection.provenDomains?.some((proven) => sameDomain(proven, domain)) === true;
  };

  return {
    enter(connection) {
      const { remote, domain } = connection;
      const place = hostPort(remote);
      if (!facts.secure || byPlace.get(place)?.open !== true) byPlace.set(place, connection);
      if (facts.secure && domain !== undefined) byPlace.set(placeOf(place, domain), connection);
    },
    remove(connection) {
      const { alias, domain, provenDomains = [], remote } = connection;
      const place = hostPort(remote);
      erase(place, connection);
      if (domain !== undefined) erase(placeOf(place, domain), connection);
      if (alias === undefined) return;
      for (const each of aliasPlaces(alias, facts.secure, provenDomains)) erase(each, connection);
    },
    find(peer, domain) {
      const place = hostPort(peer);
      const known = byPlace.get(place);
      if (known?.open === true && serves(known, domain)) return known;
      const ofDomain = facts.secure && domain !== undefined ? byPlace.get(placeOf(place, domain)) : undefined;
      return ofDomain?.open === true ? ofDomain : undefined;
    },
    noteAlias(connection, message) {
      const { connectionAliases } = settings;
      if (connectionAliases === 'off' || (!facts.secure && connectionAliases !== 'all')) return;
      const { provenDomains = [], remote } = connection;
      // Without a proven name over TLS it is as if `alias` had not been there (RFC 5923 §9.2).
      const alias = facts.secure && provenDomains.length === 0 ? undefined : aliasOf(message, remote, facts);
      if (alias === undefined) return;
      // What already leads somewhere is not taken over where nothing is proved.
      if (!facts.secure && byPlace.get(alias)?.open === true) return;
      connection.alias = alias;
      for (const place of aliasPlaces(alias, facts.secure, provenDomains)) byPlace.set(place, connection);
    },
  };
}

/** A row of the alias table for each identity of the peer (RFC 5923 §8.2); the address alone where nothing is proved. */
const aliasPlaces = (alias: string, secure: boolean, domains: readonly string[]): readonly string[] =>
  secure ? domains.slice(0, limits.aliasDomainsMax).map((domain) => placeOf(alias, domain)) : [alias];

const placeOf = (place: string, domain: string): string => `${place} ${domain.toLowerCase()}`;
