import type { Model } from "@prune/onnx";
import type { Answers } from "@prune/recovery/advanced";
import type { Feeds } from "./images.js";

/** A trained model with data: what is fitted to, and what alone is reported on. */
export interface Subject {
  readonly name: string;
  /** Path under the models. */
  readonly file: string;
  readonly open?: () => Promise<Model>;
  readonly prepare: (model: Model) => Promise<Prepared>;
}

export interface Prepared {
  /** Units are chosen and layers fitted on these, in batches in random order. */
  readonly fit: readonly Feeds[];
  /** Answers on what nothing is chosen on. */
  readonly test: (model: Model) => Promise<Answers>;
  /** What is reported of them, beside the original's. */
  readonly metric: (answers: Answers, dense: Answers) => number;
  readonly unit: "%" | "dB";
  /** What the data are and what is measured, for the page. */
  readonly data: string;
}

/** Share of rows, in %, whose largest value is at the label. */
export function top1(labels: ArrayLike<number>): Prepared["metric"] {
  return ({ values, classes }) => {
    let correct = 0;
    const rows = values.length / classes;
    for (let i = 0; i < rows; i++) {
      const row = values.subarray(i * classes, (i + 1) * classes);
      if (row.every((value) => value <= (row[labels[i] as number] as number))) correct++;
    }
    return (100 * correct) / rows;
  };
}

interface InputShape {
  readonly name: string;
  /** One sample's; 1 where that is open. */
  readonly shape: readonly number[];
  /** 64 where that is open. */
  readonly batch: number;
}

/** The model's one input. */
export function inputOf({ graph }: Model): InputShape {
  const [input] = graph.inputs.filter(({ name }) => !graph.initializers.has(name));
  if (!input?.shape) throw new RangeError("the model has no input of known rank");
  const [first, ...rest] = input.shape;
  return {
    name: input.name,
    shape: rest.map((size) => (typeof size === "number" ? size : 1)),
    batch: typeof first === "number" && first > 0 ? first : 64,
  };
}
