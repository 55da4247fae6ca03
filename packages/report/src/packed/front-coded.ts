/**
 * Texts, sorted, as how much each shares with the one before it and the rest: names of a network share most of
 * theirs.
 */
export type FrontCoded = readonly (number | string)[];

export function frontCoded(sorted: readonly string[]): FrontCoded {
  let before = "";
  return sorted.flatMap((text) => {
    let shared = 0;
    while (shared < before.length && before[shared] === text[shared]) shared++;
    before = text;
    return [shared, text.slice(shared)];
  });
}

export function fromFrontCoded(coded: FrontCoded): string[] {
  const texts: string[] = [];
  let before = "";
  for (let i = 0; i < coded.length; i += 2) {
    before = before.slice(0, coded[i] as number) + (coded[i + 1] as string);
    texts.push(before);
  }
  return texts;
}
