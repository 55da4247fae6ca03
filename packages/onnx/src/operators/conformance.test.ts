import { existsSync, readFileSync } from "node:fs";
import { gunzipSync } from "node:zlib";
import { followGraph, shapeOf } from "@prune/graph/advanced";
import { describe, expect, test } from "vitest";
import { untar } from "../../test/files/untar.js";
import type { Model, ValueInfo, Weight } from "../model.js";
import { readModel } from "../read/read-model.js";
import { readWeight } from "../read/read-weight.js";
import { onnxSource } from "../trace/source.js";
import { rules } from "./operators.js";

const archive = new URL("../../../../../shared/models/onnx/onnx-node-tests.tar.gz", import.meta.url);
const skip = !existsSync(archive);
const files: Map<string, Uint8Array> = skip ? new Map() : untar(gunzipSync(readFileSync(archive)));

/** Which inputs of a case become stored weights. */
const promotions: Readonly<Record<string, (input: number, weight: Weight) => boolean>> = {
  "as they are": () => false,
  "with every input but the first stored": (input) => input > 0,
  "with sizes and indices stored": (input, weight) => input > 0 && /int64|int32|bool/.test(weight.dtype),
};

describe.skipIf(skip)("inferred shapes and contents of the conformance cases", () => {
  for (const [how, promote] of Object.entries(promotions))
    test(how, { timeout: 60_000 }, () => {
      const wrong: string[] = [];
      let known = 0;
      for (const path of files.keys()) {
        if (!path.endsWith("/model.onnx")) continue;
        const found = compare(path.slice(0, -"/model.onnx".length), promote);
        known += found.known;
        wrong.push(...found.wrong);
      }
      expect(wrong).toEqual([]);
      expect(known).toBeGreaterThanOrEqual(1761);
    });
});

function compare(
  folder: string,
  promote: (input: number, weight: Weight) => boolean,
): { known: number; wrong: string[] } {
  const model = readModel(files.get(`${folder}/model.onnx`) as Uint8Array);
  const { tensor } = followGraph(onnxSource(stored(model, folder, promote), rules));
  const wrong: string[] = [];
  let known = 0;
  model.graph.outputs.forEach(({ name }, i) => {
    const want = read(`${folder}/test_data_set_0/output_${i}.pb`);
    const value = tensor(name);
    if (!want || !value?.layout) return;
    const got = shapeOf(value.layout);
    const agrees = (d: unknown, k: number): boolean => typeof d === "string" || d === want.shape[k];
    if (got.length !== want.shape.length || !got.every(agrees))
      wrong.push(`${folder}: ${name} is [${want.shape}], not [${got}]`);
    else known++;
    const data = value.data?.every((d) => typeof d === "number") ? value.data : undefined;
    if (data && !data.every((d, k) => Math.abs(d - (want.tensor().data[k] ?? NaN)) <= 1e-3 * Math.abs(d)))
      wrong.push(`${folder}: ${name} holds ${want.tensor().data}, not ${data}`);
  });
  return { known, wrong };
}

/** The model with some inputs as initializers and nothing stated of shapes inside. */
function stored(model: Model, folder: string, promote: (input: number, weight: Weight) => boolean): Model {
  const initializers = new Map(model.graph.initializers);
  const inputs = model.graph.inputs.filter(({ name }, i) => {
    const weight = read(`${folder}/test_data_set_0/input_${i}.pb`);
    if (!weight || !promote(i, weight)) return true;
    initializers.set(name, weight);
    return false;
  });
  const outputs = model.graph.outputs.map((info): ValueInfo => ({ ...info, shape: undefined }));
  return { ...model, graph: { ...model.graph, inputs, outputs, initializers, valueInfo: new Map() } };
}

/** A tensor in a file of its own; undefined for what isn't one. */
function read(path: string): Weight | undefined {
  const bytes = files.get(path);
  if (!bytes) return undefined;
  try {
    return readWeight({ bytes }, { start: 0, end: bytes.length });
  } catch {
    return undefined;
  }
}
