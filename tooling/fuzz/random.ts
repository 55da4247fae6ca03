/** Numbers by a seed. */
export interface Random {
  /** From 0 up to but not including `n`. */
  below(n: number): number;
  pick<T>(items: readonly T[]): T;
  /** True once in `n`. */
  once(n: number): boolean;
}

/** mulberry32, whose first numbers differ well for seeds that lie side by side. */
export function seeded(seed: number): Random {
  let state = seed >>> 0;
  const next = (): number => {
    state = (state + 0x6d2b79f5) >>> 0;
    let mixed = Math.imul(state ^ (state >>> 15), 1 | state);
    mixed = (mixed + Math.imul(mixed ^ (mixed >>> 7), 61 | mixed)) ^ mixed;
    return ((mixed ^ (mixed >>> 14)) >>> 0) / 2 ** 32;
  };
  const below = (n: number): number => Math.floor(next() * n);
  return {
    below,
    pick: (items) => items[below(items.length)] as (typeof items)[number],
    once: (n) => below(n) === 0,
  };
}
