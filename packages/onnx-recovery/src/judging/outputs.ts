import type { Model } from "@prune/onnx";
import { wiringOf } from "@prune/onnx/advanced";
import type { Answers, OutputValues } from "@prune/recovery/advanced";
import { run, type SessionOptions, type Values, type ValuesByName } from "@prune/runtime-ort";
import { type LivingOf, leftOf, numbersOf, sessionOf } from "@prune/runtime-ort/advanced";
import { OnnxRecoveryError } from "../error.js";

/**
 * A model's outputs over batches of samples: those of floats, or else those of other numbers.
 *
 * @param living what of them is compared: what a cut leaves. @default all
 */
export async function* outputsOf(
  model: Model,
  samples: readonly ValuesByName[],
  options: SessionOptions = {},
  signal?: AbortSignal,
  living?: LivingOf,
): AsyncGenerator<readonly OutputValues[]> {
  const softmax = softmaxAxes(model);
  const session = await sessionOf(model, options);
  try {
    for (const feeds of samples) {
      signal?.throwIfAborted();
      const whole = await run(session, feeds);
      const found = living ? leftOf(whole, living) : whole;
      const outputs = session.outputNames.flatMap((name): readonly (readonly [string, Values])[] => {
        const output = found[name];
        return output && numbersOf(output) ? [[name, output]] : [];
      });
      if (outputs.length === 0)
        throw new OnnxRecoveryError("no-numbers", { output: session.outputNames.join('", "') });
      const floats = outputs.filter(([, { type }]) => type.startsWith("float"));
      yield (floats.length > 0 ? floats : outputs).map(([name, output]) => {
        const { dims } = output;
        const axis = softmax.get(name);
        const scores = axis !== undefined && (axis < 0 ? axis + dims.length : axis) === dims.length - 1;
        return { name, values: valuesOf(output), dims, ...(scores && dims.length > 1 && { scores }) };
      });
    }
  } finally {
    await session.release();
  }
}

function valuesOf(output: Values): ArrayLike<number> {
  const { type, data, dims } = output;
  if (type === "float32" || type === "float64") return data as Float32Array;
  const read = numbersOf(output) as (index: number) => number;
  return Float64Array.from({ length: dims.reduce((a, b) => a * b, 1) }, (_, i) => read(i));
}

/** Outputs that a softmax makes, and along which axis. */
function softmaxAxes(model: Model): ReadonlyMap<string, number> {
  const wiring = wiringOf(model);
  const opset = model.opsets.get("") ?? 13;
  return new Map(
    model.graph.outputs.flatMap(({ name }): readonly (readonly [string, number])[] => {
      const node = wiring.producer(name);
      if (node?.op !== "Softmax" && node?.op !== "LogSoftmax") return [];
      const axis = node.attributes.get("axis");
      return [[name, axis?.kind === "int" ? Number(axis.value) : opset < 13 ? 1 : -1]];
    }),
  );
}

/** The first of them over all batches. */
export async function answersOf(
  model: Model,
  samples: readonly ValuesByName[],
  options: SessionOptions = {},
  signal?: AbortSignal,
): Promise<Answers> {
  const parts: ArrayLike<number>[] = [];
  let classes = 1;
  for await (const [first] of outputsOf(model, samples, options, signal)) {
    const { values, dims } = first as OutputValues;
    parts.push(values);
    classes = dims.at(-1) ?? 1;
  }
  const values = new Float64Array(parts.reduce((sum, part) => sum + part.length, 0));
  let at = 0;
  for (const part of parts) {
    values.set(part, at);
    at += part.length;
  }
  return { values, classes };
}
