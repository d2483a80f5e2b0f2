declare const brand: unique symbol;

/** A type that cannot be mixed up with another of the same shape: a slot is not an epoch, though both are numbers. */
export type Brand<T, Name extends string> = T & { readonly [brand]: Name };
