import type { ValuesByName } from "./values.js";

/** 2^-23: the distance between neighbouring float32 numbers, relative to them. */
const lastBit = 2 ** -23;

/**
 * The same inputs with the last bit of every float32 number moved up or down. What a model makes of that is its own
 * rounding noise: two ways of computing it can't be told apart more finely.
 */
export function nudge(feeds: ValuesByName): ValuesByName {
  return Object.fromEntries(
    Object.entries(feeds).map(([name, values]) => {
      if (values.type !== "float32") return [name, values];
      const data = Float32Array.from(
        values.data as Float32Array,
        (x, i) => x * (1 + (i % 2 ? lastBit : -lastBit)),
      );
      return [name, { ...values, data }];
    }),
  );
}
