import type { Family, Probe, Trace } from "@prune/graph";
import { onnx, readModel } from "@prune/onnx";
import { floats, type GraphParts, info, modelBytes, node } from "../../onnx/test/files/build-model.js";

export const numbers = (n: number, seed: number): number[] =>
  Array.from({ length: n }, (_, i) => Math.sin(seed * 12.9898 + i * 78.233) * 0.9);

const weights = (name: string, dims: number[], seed: number) =>
  floats(
    name,
    dims,
    numbers(
      dims.reduce((a, b) => a * b, 1),
      seed,
    ),
  );

const ints = (name: string, values: number[]) => ({ name, type: 7, ints: values });
const int = (name: string, value: number) => ({ name, type: 2, i: value });

/** Convolutions of every kind: plain, normalised, grouped, depthwise, transposed; a flatten before the last layer. */
export const convolutions: GraphParts = {
  name: "convolutions",
  input: [info("x", [1, 3, 4, 4])],
  output: [info("y", [1, 5])],
  initializer: [
    weights("plain", [8, 3, 3, 3], 1),
    weights("plain.bias", [8], 2),
    weights("scale", [8], 3),
    weights("shift", [8], 4),
    weights("mean", [8], 5),
    floats("variance", [8], numbers(8, 6).map(Math.abs)),
    weights("slope", [8, 1, 1], 7),
    weights("grouped", [12, 4, 3, 3], 8),
    weights("depthwise", [12, 1, 3, 3], 9),
    weights("transposed", [12, 6, 1, 1], 10),
    weights("last", [6 * 16, 5], 11),
  ],
  node: [
    node("Conv", ["x", "plain", "plain.bias"], ["a"], { attribute: [ints("pads", [1, 1, 1, 1])] }),
    node("BatchNormalization", ["a", "scale", "shift", "mean", "variance"], ["b"]),
    node("PRelu", ["b", "slope"], ["c"]),
    node("Conv", ["c", "grouped"], ["d"], { attribute: [ints("pads", [1, 1, 1, 1]), int("group", 2)] }),
    node("Conv", ["d", "depthwise"], ["e"], { attribute: [ints("pads", [1, 1, 1, 1]), int("group", 12)] }),
    node("ConvTranspose", ["e", "transposed"], ["f"]),
    node("Flatten", ["f"], ["g"]),
    node("Gemm", ["g", "last"], ["y"]),
  ],
};

/** Tokens: an embedding, a normalisation, a bare parameter, a recurrent layer. */
export const tokens: GraphParts = {
  name: "tokens",
  input: [
    {
      ...info("ids", [4, 1]),
      type: { tensorType: { elemType: 7, shape: { dim: [{ dimValue: 4 }, { dimValue: 1 }] } } },
    },
  ],
  output: [info("y", [4, 1, 1, 3])],
  initializer: [
    weights("embedding", [10, 8], 1),
    weights("norm", [8], 2),
    weights("norm.bias", [8], 3),
    weights("bare", [8], 4),
    weights("w", [1, 24, 8], 5),
    weights("r", [1, 24, 6], 6),
    weights("b", [1, 48], 7),
    weights("last", [6, 3], 8),
  ],
  node: [
    node("Gather", ["embedding", "ids"], ["a"]),
    node("LayerNormalization", ["a", "norm", "norm.bias"], ["b1"]),
    node("Mul", ["b1", "bare"], ["c"]),
    node("LSTM", ["c", "w", "r", "b"], ["d"], { attribute: [int("hidden_size", 6)] }),
    node("MatMul", ["d", "last"], ["y"]),
  ],
};

/** A trace of a model and the probe of its weights. */
export function probeOf(graph: GraphParts): {
  readonly trace: Trace;
  readonly probe: Probe;
  /** The family of channels along an axis. */
  family(tensor: string, dims: string): Family;
} {
  const model = readModel(modelBytes(graph));
  const backend = onnx();
  const trace = backend.trace(model);
  const probe = backend.probe(model, trace);
  const family = (tensor: string, dims: string): Family => {
    const found = trace.families.find(
      ({ kind, members }) =>
        kind === "channels" &&
        members.some((m) => {
          const { parameter, selector } = trace.members[m]!;
          return parameter.tensor === tensor && String(selector.dims) === dims;
        }),
    );
    if (!found) throw new Error(`no family along ${tensor}:${dims}`);
    return found;
  };
  return { trace, probe, family };
}

/** Values of an initializer of a graph as float32. */
export const valuesOf = (graph: GraphParts, name: string): Float32Array => {
  const tensor = graph.initializer?.find((t) => t.name === name);
  if (!tensor?.rawData) throw new Error(`no initializer "${name}"`);
  return new Float32Array(tensor.rawData.slice().buffer);
};
