import { type DefaultSizes, type Meaning, meaningOf, meaningOfName, type OpenInput } from "./meaning.js";
import { evaluate } from "./size-expression.js";

/** Sizes of open dims, by their names. */
export type SizesByName = Readonly<Record<string, number>>;

/** The size that was chosen for a name, and what it means. */
export interface ChosenSize {
  readonly size: number;
  readonly meaning: Meaning;
  /** It stands in what was given, or follows from that alone. */
  readonly isGiven: boolean;
  /** It follows from sizes of other names. */
  readonly isDerived: boolean;
}

/** The name of an open dim of an input: its symbol, or "x.2" where it has none; undefined for a dim of one size. */
export function openName({ name, shape }: OpenInput, place: number): string | undefined {
  const dim = shape?.[place];
  if (typeof dim === "number" && dim >= 0) return undefined;
  return typeof dim === "string" && dim !== "" ? dim : `${name}.${place}`;
}

/** Chooses a size for every open dim of all inputs: a name has one size wherever it stands. */
export function chooseSizes(
  inputs: readonly OpenInput[],
  given: SizesByName,
  defaults: DefaultSizes,
): ReadonlyMap<string, ChosenSize> {
  const known = new Map(Object.entries(given));
  const chosen = new Map<string, ChosenSize>();
  const sizeOf = (meaning: Meaning): number =>
    meaning === "total" ? defaults.past + defaults.length : defaults[meaning];
  const each = (visit: (name: string, meaning: () => Meaning, place: number) => void): void => {
    for (const input of inputs)
      input.shape?.forEach((_, place) => {
        const name = openName(input, place);
        if (name !== undefined && !chosen.has(name))
          visit(name, () => meaningOf(input, place, inputs), place);
      });
  };
  each((name, meaning) => {
    const size = known.get(name);
    if (size !== undefined) chosen.set(name, { size, meaning: meaning(), isGiven: true, isDerived: false });
  });
  const guess = (name: string, meaning: Meaning): void => {
    chosen.set(name, { size: sizeOf(meaning), meaning, isGiven: false, isDerived: false });
  };
  // A symbol that stands for a batch anywhere is one everywhere.
  each((name, meaning, place) => {
    if (place === 0 && !isExpression(name)) guess(name, meaning());
  });
  each((name, meaning) => {
    if (!isExpression(name)) guess(name, meaning());
  });
  each((name, meaning) => {
    let isGiven = true;
    const size = evaluate(name, (symbol) => {
      const one = chosen.get(symbol);
      if (!(one?.isGiven ?? known.has(symbol))) isGiven = false;
      const byName = meaningOfName(symbol);
      return one?.size ?? known.get(symbol) ?? (byName && sizeOf(byName));
    });
    if (size === undefined) guess(name, meaning());
    else chosen.set(name, { size, meaning: meaning(), isGiven, isDerived: true });
  });
  return chosen;
}

const isExpression = (name: string): boolean => !/^[\w.]+$/.test(name);
