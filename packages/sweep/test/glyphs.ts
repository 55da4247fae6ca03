import { fileURLToPath } from "node:url";
import type { SweepPlan } from "../src/plan/plan.js";

const sample = (name: string): string =>
  fileURLToPath(new URL(`../../../apps/cli/sample/${name}`, import.meta.url));

export const glyphs: string = sample("glyphs.onnx");

const config = sample("glyphs.json");

/** Labelled samples to judge by, a few of them. */
export const judge = {
  data: sample("glyphs-test.images.u8"),
  dataConfig: config,
  labels: sample("glyphs-test.labels.u8"),
  samples: 64,
};

/** Samples to win accuracy back on. */
export const recovered = { data: sample("glyphs-train512.images.u8"), dataConfig: config, samples: 64 };

/** Cuts that take a few milliseconds each. */
export const quick: SweepPlan = {
  models: [glyphs],
  options: { verify: false },
  grid: { importance: ["l2", "random"], ratio: [0.2, 0.4] },
  measure: ["bytes", "macs", "agreement", "accuracy"],
  judge,
};
