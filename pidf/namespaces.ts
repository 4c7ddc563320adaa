import type { Prefixes } from '../xml/write.ts';

/** RFC 3863 §4.1.1. */
export const pidfNamespace = 'urn:ietf:params:xml:ns:pidf';
/** RFC 4479 §6. */
export const dataModelNamespace = 'urn:ietf:params:xml:ns:pidf:data-model';
/** RFC 4480 §3.1. */
export const rpidNamespace = 'urn:ietf:params:xml:ns:pidf:rpid';
/** RFC 4482 §3.1. */
export const cipidNamespace = 'urn:ietf:params:xml:ns:pidf:cipid';
/** RFC 5196 §3. */
export const capsNamespace = 'urn:ietf:params:xml:ns:pidf:caps';
/** RFC 4481 §2. */
export const timedStatusNamespace = 'urn:ietf:params:xml:ns:pidf:timed-status';
/** RFC 4589. */
export const locationTypeNamespace = 'urn:ietf:params:xml:ns:location-type';
/** RFC 4119 §2.2.1. */
export const geoprivNamespace = 'urn:ietf:params:xml:ns:pidf:geopriv10';
const schemaInstanceNamespace = 'http://www.w3.org/2001/XMLSchema-instance';

/**
 * The prefixes of every PIDF document that leaves us, whatever the publisher wrote: the ones that the RFCs print, because
 * there are watchers that search the text. COMPAT(baresip, 1.0): `<basic>` without prefix and literally `<rpid:away/>`.
 */
export const pidfPrefixes: Prefixes = {
  default: pidfNamespace,
  fixed: new Map([
    [dataModelNamespace, 'dm'],
    [rpidNamespace, 'rpid'],
    [cipidNamespace, 'c'],
    [capsNamespace, 'caps'],
    [timedStatusNamespace, 'ts'],
    [locationTypeNamespace, 'lt'],
    [geoprivNamespace, 'gp'],
    [schemaInstanceNamespace, 'xsi'],
  ]),
};
