import type { ResponseEdit } from './proxy-request.ts';

const asserted = 'p-asserted-identity';
const preferred = 'p-preferred-identity';

/**
 * What a party that is not trusted asserts of itself in a response is not passed on (RFC 3325 §5). One function for all calls, so
 * that the engine knows it: a call with no other edit needs no memory of it.
 */
export const ofStranger: ResponseEdit = ({ headers }, edits) => {
  if (headers.has(asserted)) edits.remove(asserted);
  if (headers.has(preferred)) edits.remove(preferred);
};
