/** Does something for each item, for at most so many at once; gives the results in order. */
export async function someAtOnce<T, R>(
  items: readonly T[],
  most: number,
  one: (item: T) => Promise<R>,
): Promise<R[]> {
  const results = new Array<R>(items.length);
  const waiting = items.entries();
  const lane = async (): Promise<void> => {
    for (const [place, item] of waiting) results[place] = await one(item);
  };
  await Promise.all(Array.from({ length: Math.min(most, items.length) }, lane));
  return results;
}
