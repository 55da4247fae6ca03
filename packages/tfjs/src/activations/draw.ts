/** Numbers from 0 up to 1. */
export function numbers(seed: number): () => number {
  let state = seed >>> 0;
  return () => {
    state = (Math.imul(state, 1664525) + 1013904223) >>> 0;
    return state / 2 ** 32;
  };
}

/** Some of n numbers, each once: all where as many are wanted. */
export function drawn(n: number, wanted: number, random: () => number): Int32Array {
  const all = Int32Array.from({ length: n }, (_, i) => i);
  if (wanted >= n) return all;
  for (let i = 0; i < wanted; i++) {
    const k = i + Math.floor(random() * (n - i));
    [all[i], all[k]] = [all[k] as number, all[i] as number];
  }
  return all.subarray(0, wanted);
}
