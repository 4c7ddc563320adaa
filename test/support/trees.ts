/** A value with everything taken out of its XML trees that is no part of their meaning: prefixes, places, bindings. */
export const withoutPlaces = (value: unknown): unknown =>
  JSON.parse(
    JSON.stringify(value, (key, inner: unknown) => (['prefix', 'offset', 'scope'].includes(key) ? undefined : inner)),
  );
