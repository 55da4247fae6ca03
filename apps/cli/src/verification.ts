import type { Recipe } from "@prune/pruner";
import type { Law } from "./law.js";

/** What `prune verify --json` prints. */
export interface Verification {
  readonly holds: boolean;
  /** What is not as the recipe says. */
  readonly findings: readonly string[];
  /** The recipe was made from exactly this model, not from a twin with the same names and shapes. */
  readonly sameModel: boolean;
  /** Against the original masked by names, which knows nothing of how cuts are made. */
  readonly law: Law;
  /**
   * Against the original with the recipe's elements set to zero, and statistics over what lives: what does not vanish
   * with its stored elements, as a threshold's term of a sum does not, breaks it. Of ONNX models.
   */
  readonly zeroed: Law | null;
}

interface Checked extends Pick<Verification, "law" | "zeroed"> {
  /** Differences from what the recipe makes of the original. */
  readonly findings: readonly string[];
  /** Of the original. */
  readonly sha256: string;
  readonly recipe: Recipe;
}

export function verification({ findings, sha256, recipe, law, zeroed }: Checked): Verification {
  const all = [...findings];
  if (!law.holds) all.push(`the law does not hold: relative error ${law.error.toExponential(1)}`);
  if (zeroed && !zeroed.holds)
    all.push(
      `the original with the removed elements set to zero computes something else: relative error ${zeroed.error.toExponential(1)}`,
    );
  return { holds: all.length === 0, findings: all, sameModel: sha256 === recipe.source.sha256, law, zeroed };
}
