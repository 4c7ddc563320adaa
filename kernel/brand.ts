declare const brand: unique symbol;

/** A value that must not be mixed with others of its base type; only the file that defines a brand casts to it. */
export type Brand<Base, Name extends string> = Base & { readonly [brand]: Name };
