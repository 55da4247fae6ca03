import { badPlan } from "../errors.js";
import type { CandidateOptions } from "./plan.js";

/** Amounts that exclude each other: one of a candidate takes the place of another that all have. */
const amounts: readonly string[] = ["ratio", "target", "keep"];

/** The same options with others set; `target.macs` is `macs` inside of `target`, `layerRatios.conv1` one of several. */
export function withOptions(
  options: CandidateOptions,
  values: readonly (readonly [name: string, value: unknown])[],
): CandidateOptions {
  const made = new Map<string, unknown>(Object.entries(options));
  for (const [name, value] of values) {
    const root = rootOf(name);
    const before = made.get(root);
    if (amounts.includes(root)) for (const amount of amounts) made.delete(amount);
    if (root === name) made.set(root, value);
    else {
      const others = amounts.includes(root) || typeof before !== "object" || before === null ? {} : before;
      made.set(root, { ...others, ...Object.fromEntries([[name.slice(root.length + 1), value]]) });
    }
  }
  return Object.fromEntries(made) as CandidateOptions;
}

const rootOf = (name: string): string => name.split(".", 1)[0] as string;

/** A candidate's own options in place of those of all. */
export const over = (options: CandidateOptions, own: CandidateOptions): CandidateOptions =>
  withOptions(
    options,
    Object.entries(own).filter(([, value]) => value !== undefined),
  );

/** Refuses names of which one would take the place of another. */
export function checkNames(names: readonly string[], at: string): void {
  const said = names.filter((name) => amounts.includes(rootOf(name)));
  if (said.length > 1) throw badPlan(at, `${said.join(" and ")} exclude each other`);
  const twice = names.find((name) => names.some((other) => other !== name && rootOf(other) === name));
  if (twice !== undefined) throw badPlan(at, `"${twice}" is given as a whole and in parts`);
}
