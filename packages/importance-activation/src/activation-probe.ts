import type { ActivationProbe, ActivationReader, Family, Probe } from "@prune/graph";

/** The readers of a family; none where no layer multiplies its units by stored weights. */
export function readersIn(probe: Probe, family: Family): readonly ActivationReader[] {
  if (!("activations" in probe))
    throw new TypeError(
      "This criterion needs activations: pass `activationProbe(...)` of @prune/onnx-recovery, or another probe with `activations`.",
    );
  return (probe as ActivationProbe).activations(family);
}

/** Scores by reader and unit, averaged over the readers; 1 for all where nothing reads the units. */
export function scored(
  family: Family,
  readers: readonly ActivationReader[],
  score: (reader: ActivationReader, columns: readonly number[]) => number,
): Float32Array {
  const scores = new Float32Array(family.units.length);
  if (readers.length === 0) return scores.fill(1);
  for (const reader of readers)
    scores.forEach((_, i) => {
      scores[i]! += score(reader, reader.columns[i] ?? []) / readers.length;
    });
  return scores;
}
