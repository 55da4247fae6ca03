import type { Feature } from "../format.js";

/** What TensorFlow.js models can be asked for besides what every format can. */
export const tfjsFeatures: ReadonlySet<Feature> = new Set(["gradients", "norms", "measured-budgets"]);

/** TensorFlow.js models are known by their model.json. */
export const isTfjs = (path: string): boolean => path.toLowerCase().endsWith(".json");
