/**
 * Each value of an array turned into one of another. A loop, as `TypedArray.from` with a mapping lists all values first,
 * which is slow and ends the process beyond 112 million.
 */
export function mapped<Out extends Float32Array | Int32Array | Uint16Array>(
  from: ArrayLike<number>,
  to: Out,
  map: (value: number) => number,
): Out {
  for (let i = 0; i < from.length; i++) to[i] = map(from[i] as number);
  return to;
}
