import type { InlinedCounts } from "@prune/workflow/advanced";

/** What reading put in place of what contained it: one line, or none. */
export function inlinedText(
  { functions, branches, sequences }: InlinedCounts = { functions: 0, branches: 0, sequences: 0 },
): string[] {
  const parts = [
    ...(branches > 0 ? [`${branches} If of one branch in every run`] : []),
    ...(functions > 0 ? [`${functions} calls of local functions`] : []),
    ...(sequences > 0 ? [`${sequences} sequences of known length`] : []),
  ];
  return parts.length > 0 ? [`inlined: ${parts.join(", ")}`] : [];
}
