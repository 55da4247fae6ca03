import { readFileSync } from "node:fs";
import type { Model } from "@prune/onnx";
import type { Answers } from "@prune/recovery/advanced";
import { createSession, run, type ValuesByName } from "@prune/runtime-ort";
import { models } from "../images.js";
import type { Subject } from "../subject.js";

/** Samples of a window, and of what came before it that the network sees again. */
const [window, context] = [512, 64];

/** Whether the speech of a recording is found where the original finds it, with each model's own state. */
export const speech: Subject = {
  name: "silero-vad (flat export)",
  file: "onnx/silero-vad/silero_vad_openvino_16k.onnx",
  async prepare(model) {
    const chunks = windows(recording());
    const half = Math.floor(chunks.length / 2);
    const { feeds } = await listen(model, chunks.slice(0, half));
    // Every third of a row of windows: neighbours say much the same.
    return {
      fit: spread(feeds),
      test: async (net) => (await listen(net, chunks.slice(half))).answers,
      metric: ({ values }, dense) =>
        (100 * values.filter((p, i) => p > 0.5 === (dense.values[i] as number) > 0.5).length) / values.length,
      unit: "%",
      data: "windows of the second half of test.wav with the original's decision; the first half fits",
    };
  },
};

/** Far apart in time one after another, so that what is held out is not next to what is fitted. */
const spread = (feeds: readonly ValuesByName[]): ValuesByName[] =>
  feeds.map((_, i) => feeds[(i * 389) % feeds.length] as ValuesByName);

interface Heard {
  readonly feeds: ValuesByName[];
  readonly answers: Answers;
}

async function listen({ source }: Model, chunks: readonly Float32Array[]): Promise<Heard> {
  const session = await createSession(source);
  const feeds: ValuesByName[] = [];
  const values: number[] = [];
  let state: Float32Array = new Float32Array(256);
  for (const data of chunks) {
    const fed: ValuesByName = {
      input: { type: "float32", dims: [1, data.length], data },
      state: { type: "float32", dims: [2, 1, 128], data: state },
    };
    const { output, stateN } = await run(session, fed);
    feeds.push(fed);
    values.push(output?.data[0] as number);
    state = stateN?.data as Float32Array;
  }
  await session.release();
  return { feeds, answers: { values: Float64Array.from(values), classes: 1 } };
}

function windows(sound: Float32Array): Float32Array[] {
  return Array.from({ length: Math.floor(sound.length / window) }, (_, w) => {
    const chunk = new Float32Array(context + window);
    const from = w * window - context;
    chunk.set(sound.subarray(Math.max(0, from), (w + 1) * window), Math.max(0, -from));
    return chunk;
  });
}

/** 16-bit samples behind the "data" header. */
function recording(): Float32Array {
  const bytes = readFileSync(`${models}/onnx/silero-vad/test.wav`);
  const data = bytes.indexOf("data") + 8;
  return Float32Array.from(
    { length: (bytes.length - data) >> 1 },
    (_, i) => bytes.readInt16LE(data + 2 * i) / 32768,
  );
}
