import type { SizesByName } from "@prune/graph";
import type { GraphEdit, Model } from "@prune/onnx";
import type { OrtRuntime } from "@prune/runtime-ort";
import { type LawModels, type Source, toleranceOf } from "@prune/runtime-ort/advanced";
import type { Job } from "../progress.js";
import type { LawReport, Masking } from "../reports/law-report.js";
import type { Compared } from "../reports/verification.js";
import type { Drawn } from "../samples/draw-samples.js";
import { checkLaw } from "./law.js";

interface Sides {
  readonly model: Model;
  readonly original: Source;
  /** What the recipe makes of it. */
  readonly expected: Model;
  readonly found: Model;
  readonly cut: Source;
  /** The original with the removed units masked. */
  readonly mask: GraphEdit;
  /** The original with the removed elements set to zero. */
  readonly zeroed: GraphEdit;
  readonly living: LawModels["living"];
  readonly samples: Drawn | undefined;
  readonly runtime: OrtRuntime;
  readonly sizes: SizesByName;
  readonly job: Job;
}

/** Compares a smaller model with what a recipe makes of the original: tensors, interface, and the law by two masks. */
export async function compared(sides: Sides): Promise<Compared> {
  const { model, original, cut, mask, living, samples, runtime, sizes, job } = sides;
  const findings = differences(sides.expected, sides.found);
  const tolerance = toleranceOf(model);
  const check = (method: Masking, edit: GraphEdit): Promise<LawReport> =>
    checkLaw(
      { original, masked: { model, edit }, cut, living },
      { method, tolerance, samples, runtime, sizes, job },
    );
  const law = await check("gated", mask);
  const zeroed = await check("zeroed", sides.zeroed);
  return { findings, law, zeroed };
}

/** How a model's tensors and interface differ from what they should be. */
function differences(expected: Model, found: Model): string[] {
  const findings: string[] = [];
  for (const side of ["inputs", "outputs"] as const)
    if (JSON.stringify(expected.graph[side]) !== JSON.stringify(found.graph[side]))
      findings.push(`its ${side} are not the original's`);
  for (const [name, want] of expected.graph.initializers) {
    const got = found.graph.initializers.get(name);
    if (!got) findings.push(`it has no tensor "${name}"`);
    else if (String(got.shape) !== String(want.shape))
      findings.push(`"${name}" is [${got.shape.join(", ")}], not [${want.shape.join(", ")}]`);
    else if (!sameBytes(want.bytes(), got.bytes())) findings.push(`"${name}" holds other values`);
  }
  return findings;
}

const sameBytes = (a: Uint8Array, b: Uint8Array): boolean =>
  a.length === b.length && a.every((byte, i) => byte === b[i]);
