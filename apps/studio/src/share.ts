import { type Choice, criteria, type Linked, shares } from "./engine/protocol.js";

const usual: Choice = {
  criterion: "l2",
  by: "ratio",
  amount: 0.3,
  global: false,
  heads: 0,
  headDims: 0,
  roundTo: 1,
  ignore: [],
};

/** The options that a link holds; what it doesn't say, or says wrongly, is as usual. */
export function choiceOf(hash: string): Choice {
  const given = new URLSearchParams(hash.replace(/^#/, ""));
  const share = (name: string, otherwise: number): number => {
    const value = Number(given.get(name) ?? Number.NaN);
    return value >= 0 && value < 1 ? value : otherwise;
  };
  const oneOf = <T extends string>(name: string, values: readonly T[], otherwise: T): T =>
    values.find((value) => value === given.get(name)) ?? otherwise;
  const round = Number(given.get("round"));
  return {
    criterion: oneOf("criterion", criteria, usual.criterion),
    by: oneOf("by", shares, usual.by),
    amount: share("amount", usual.amount),
    global: given.get("global") === "1",
    heads: share("heads", usual.heads),
    headDims: share("dims", usual.headDims),
    roundTo: Number.isInteger(round) && round > 0 ? round : usual.roundTo,
    ignore: (given.get("keep") ?? "").split(",").filter(Boolean),
  };
}

/** What a link holds besides: the plan of its options. */
export function linkedOf(hash: string): Linked | undefined {
  const plan = new URLSearchParams(hash.replace(/^#/, "")).get("plan");
  return plan === null ? undefined : { choice: choiceOf(hash), plan };
}

/**
 * A link to this page with options, and with what leaves by them, in its fragment, which browsers never send anywhere.
 * @param plan as `packedRecipe` writes it
 */
export function linkTo(choice: Choice, plan?: string): string {
  const { criterion, by, amount, global, heads, headDims, roundTo, ignore } = choice;
  const parts = new URLSearchParams({ criterion, by, amount: String(amount) });
  if (global) parts.set("global", "1");
  if (heads > 0) parts.set("heads", String(heads));
  if (headDims > 0) parts.set("dims", String(headDims));
  if (roundTo > 1) parts.set("round", String(roundTo));
  if (ignore.length > 0) parts.set("keep", ignore.join(","));
  if (plan !== undefined) parts.set("plan", plan);
  return `${location.href.split("#")[0]}#${parts}`;
}
