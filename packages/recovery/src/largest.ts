/** Where a row of values is largest, the first of equals. */
export function largest(values: ArrayLike<number>, start = 0, size: number = values.length): number {
  let at = 0;
  for (let i = 1; i < size; i++) if ((values[start + i] as number) > (values[start + at] as number)) at = i;
  return at;
}
