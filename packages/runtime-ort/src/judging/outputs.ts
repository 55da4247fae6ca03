import type { Model } from "@prune/onnx";
import type { Answers } from "@prune/recovery";
import { RuntimeError } from "../error.js";
import { numbersOf } from "../numbers.js";
import { run } from "../run.js";
import type { SessionOptions } from "../session.js";
import { sessionOf } from "../session-of.js";
import type { ValuesByName } from "../values.js";

/** A model's first output over batches of samples. */
export async function answersOf(
  model: Model,
  samples: readonly ValuesByName[],
  options: SessionOptions = {},
  signal?: AbortSignal,
): Promise<Answers> {
  const session = await sessionOf(model, options);
  const name = session.outputNames[0] as string;
  const parts: Float64Array[] = [];
  let classes = 1;
  try {
    for (const feeds of samples) {
      signal?.throwIfAborted();
      const output = (await run(session, feeds))[name];
      const read = output && numbersOf(output);
      if (!output || !read) throw new RuntimeError("no-numbers", { output: name });
      classes = output.dims.at(-1) ?? 1;
      parts.push(Float64Array.from({ length: output.size }, (_, i) => read(i)));
    }
  } finally {
    await session.release();
  }
  const values = new Float64Array(parts.reduce((sum, part) => sum + part.length, 0));
  let at = 0;
  for (const part of parts) {
    values.set(part, at);
    at += part.length;
  }
  return { values, classes };
}
