/** A seeded stream of numbers: the same on every machine. */
export interface Random {
  /** Uniform in [0, 1). */
  uniform(): number;
  /** Normal, mean 0, deviation 1. */
  normal(): number;
  /** An integer in [0, limit). */
  integer(limit: number): number;
}

/** One stream per seed and name, so that what one input gets doesn't hang on the inputs before it. */
export function randomStream(seed: number, name = ""): Random {
  let state = hash(`${seed}:${name}`);
  // mulberry32
  const uniform = (): number => {
    state = (state + 0x6d2b79f5) | 0;
    let mixed = Math.imul(state ^ (state >>> 15), state | 1);
    mixed ^= mixed + Math.imul(mixed ^ (mixed >>> 7), mixed | 61);
    return ((mixed ^ (mixed >>> 14)) >>> 0) / 2 ** 32;
  };
  return {
    uniform,
    normal: () => Math.sqrt(-2 * Math.log(1 - uniform())) * Math.cos(2 * Math.PI * uniform()),
    integer: (limit) => Math.floor(uniform() * limit),
  };
}

/** FNV-1a. */
function hash(text: string): number {
  let state = 2166136261;
  for (let index = 0; index < text.length; index++)
    state = Math.imul(state ^ text.charCodeAt(index), 16777619);
  return state;
}
