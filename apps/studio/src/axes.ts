/** Positions out of `2, 6, 9-15`, ascending, each once; undefined where it says something else, or more than there are. */
export function indicesIn(text: string, size: number): readonly number[] | undefined {
  const found = new Set<number>();
  for (const part of text.split(",").map((one) => one.trim())) {
    if (part === "") continue;
    const [, first, last = first] = /^(\d+)(?:\s*-\s*(\d+))?$/.exec(part) ?? [];
    const [from, to] = [Number(first), Number(last)];
    if (first === undefined || from > to || to >= size) return undefined;
    for (let i = from; i <= to; i++) found.add(i);
  }
  return [...found].sort((a, b) => a - b);
}

/** The tensor of an axis that is printed as `tensor:dim`, or as `tensor:dim of [view]`. */
export const tensorOf = (axis: string): string => axis.replace(/:[\d,]+( of .*)?$/, "");
