import { existsSync, readFileSync } from "node:fs";
import { gunzipSync } from "node:zlib";
import { describe, expect, test } from "vitest";
import { untar } from "../../test/files/untar.js";
import type { Model } from "../model.js";
import { order } from "../order.js";
import { readModel } from "../read/read-model.js";
import { readWeight } from "../read/read-weight.js";
import type { Tensor } from "../tensor.js";
import { evaluate } from "./evaluate.js";

const archive = new URL("../../../../../shared/models/onnx/onnx-node-tests.tar.gz", import.meta.url);
const skip = !existsSync(archive);

interface Case {
  readonly name: string;
  /** The operator, or "several" where the model has more than one node. */
  readonly op: string;
  readonly outputs: readonly { readonly actual: Tensor; readonly expected: Tensor }[];
}

describe.skipIf(skip)("the conformance cases of ONNX", () => {
  const cases = skip ? [] : coveredCases();
  const ops = [...new Set(cases.map(({ op }) => op))].sort();

  test(`${cases.length} are covered, as many as ever`, () => {
    expect(cases.length).toBeGreaterThanOrEqual(1053);
  });

  for (const op of ops) {
    const group = cases.filter((one) => one.op === op);
    test(`${op}: ${group.length}`, () => {
      for (const { name, outputs } of group) {
        outputs.forEach(({ actual, expected }, i) => {
          expect(difference(actual, expected), `${name}, output ${i}`).toBe("");
        });
      }
    });
  }
});

function coveredCases(): Case[] {
  const files = untar(gunzipSync(readFileSync(archive)));
  const found: Case[] = [];
  for (const [path, bytes] of files) {
    if (!path.endsWith("/model.onnx")) continue;
    const folder = path.slice(0, -"/model.onnx".length);
    const model = readModel(bytes);
    const values = valuesOf(model, (i) => read(files.get(`${folder}/test_data_set_0/input_${i}.pb`)));
    const { nodes, outputs } = model.graph;
    const results = outputs.map(({ name }, i) => ({
      actual: values?.get(name),
      expected: read(files.get(`${folder}/test_data_set_0/output_${i}.pb`)),
    }));
    if (!results.every((result) => result.actual && result.expected)) continue;
    found.push({
      name: folder.slice(folder.lastIndexOf("/") + 1),
      op: nodes.length === 1 ? nodes[0]!.op : "several",
      outputs: results as Case["outputs"],
    });
  }
  return found;
}

/** Every value of the graph, or undefined where a node is not covered. */
function valuesOf(
  { graph, opsets }: Model,
  given: (index: number) => Tensor | undefined,
): Map<string, Tensor> | undefined {
  const values = new Map<string, Tensor>();
  for (const [i, { name }] of graph.inputs.entries()) {
    const tensor = given(i);
    if (!tensor) return undefined;
    values.set(name, tensor);
  }
  for (const [name, weight] of graph.initializers) values.set(name, weight.tensor());
  for (const index of order(graph)) {
    const node = graph.nodes[index]!;
    const results = evaluate(
      node,
      node.inputs.map((name) => values.get(name)),
      opsets.get("") ?? 1,
    );
    if (!results) return undefined;
    results.forEach((tensor, i) => {
      values.set(node.outputs[i] ?? "", tensor);
    });
  }
  return values;
}

/** A tensor in a file of its own; undefined for sequences, strings and small floats. */
function read(bytes: Uint8Array | undefined): Tensor | undefined {
  if (!bytes) return undefined;
  try {
    return readWeight({ bytes }, { start: 0, end: bytes.length }).tensor();
  } catch {
    return undefined;
  }
}

/** Why two tensors differ, or "": integers must be equal, floats close. */
function difference(actual: Tensor, expected: Tensor): string {
  if (actual.dtype !== expected.dtype) return `${actual.dtype} for ${expected.dtype}`;
  if (String(actual.shape) !== String(expected.shape)) return `[${actual.shape}] for [${expected.shape}]`;
  const [absolute, relative] = tolerances[expected.dtype] ?? [0, 0];
  const wrong = expected.data.findIndex((value, i) => {
    const other = actual.data[i]!;
    return !Object.is(value, other) && !(Math.abs(other - value) <= absolute + relative * Math.abs(value));
  });
  return wrong < 0 ? "" : `${actual.data[wrong]} for ${expected.data[wrong]} at ${wrong}`;
}

const tolerances: Readonly<Record<string, readonly [number, number]>> = {
  float16: [1e-3, 1e-2],
  bfloat16: [1e-3, 1e-2],
  float32: [1e-7, 1e-5],
  float64: [1e-7, 1e-5],
};
