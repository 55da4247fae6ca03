import type { Recipe } from "@prune/pruner";
import type { LawReport } from "./law-report.js";

/** What checking a smaller model against the original and a recipe found. */
export interface Verification {
  readonly holds: boolean;
  /** What is not as the recipe says. */
  readonly findings: readonly string[];
  /** The recipe was made from exactly this model, not from a twin with the same names and shapes. */
  readonly sameModel: boolean;
  /** Against the original masked by names, which knows nothing of how cuts are made. */
  readonly law: LawReport;
  /**
   * Against the original with the recipe's elements set to zero, and statistics over what lives: what does not vanish
   * with its stored elements, as a threshold's term of a sum does not, breaks it. Of ONNX models.
   */
  readonly zeroed: LawReport | null;
  /** Where blocks left whole: what is left of the original against the original whose branches give zeros. */
  readonly blocks?: LawReport;
}

/** What a format finds when it compares. */
export interface Compared extends Pick<Verification, "law" | "zeroed" | "blocks"> {
  /** Differences from what the recipe makes of the original. */
  readonly findings: readonly string[];
}

export function verificationOf(
  { findings, law, zeroed, blocks }: Compared,
  { sha256, recipe }: { readonly sha256: string; readonly recipe: Recipe },
): Verification {
  const all = [...findings];
  if (blocks && !blocks.holds)
    all.push(
      `without its blocks it computes something else: relative error ${blocks.error.toExponential(1)}`,
    );
  if (!law.holds) all.push(`the law does not hold: relative error ${law.error.toExponential(1)}`);
  if (zeroed && !zeroed.holds)
    all.push(
      `the original with the removed elements set to zero computes something else: relative error ${zeroed.error.toExponential(1)}`,
    );
  return {
    holds: all.length === 0,
    findings: all,
    sameModel: sha256 === recipe.source.sha256,
    law,
    zeroed,
    ...(blocks && { blocks }),
  };
}
