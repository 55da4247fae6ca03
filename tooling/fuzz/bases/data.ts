import { npy, zip } from "../../../packages/samples/test/files.js";
import type { Base, Edit } from "../mutant.js";
import { anyOf } from "../mutant.js";
import { damaged } from "../mutate/bytes.js";
import { encoded, type Json, type JsonDocument, jsonEdits } from "../mutate/json.js";
import { integer, resized } from "../mutate/nasty.js";
import { type Random, seeded } from "../random.js";
import { onnxModels } from "./models.js";

/** 20 samples of what "dense layers" takes, as they are or in files of numpy. */
const samples = Array.from({ length: 20 * 5 }, (_, i) => Math.sin(12.9898 * i));
const labels = Array.from({ length: 20 }, (_, i) => i % 3);
const rows = Array.from({ length: 20 }, (_, i) => samples.slice(5 * i, 5 * i + 5));

/** What numpy's header says, changed: sizes, types, order, lengths. */
function header(bytes: Uint8Array, random: Random): { readonly bytes: Uint8Array; readonly edit: string } {
  const descr = random.pick([
    "<f4",
    "<f8",
    ">f4",
    "<i8",
    "|u1",
    "|b1",
    "<f2",
    "<c8",
    "|O",
    "<U8",
    "constructor",
    "<f16",
  ]);
  const shape = resized([20, 5], random);
  const count = random.pick([100, 99, 101, 0]);
  const made = npy(descr, shape, new Array(count).fill(1), {
    fortran: random.once(3),
    version: random.pick([1, 2] as const),
  });
  if (random.once(4)) new DataView(made.buffer).setUint32(8, integer(random) >>> 0, true);
  return { bytes: random.once(3) ? bytes : made, edit: `${descr} [${shape.slice(0, 8)}] of ${count}` };
}

type Damage = (bytes: Uint8Array, random: Random) => { readonly bytes: Uint8Array; readonly edit: string };

const inJson =
  (edit: Edit<JsonDocument>): Damage =>
  (bytes, random) => {
    try {
      const document = { value: JSON.parse(new TextDecoder().decode(bytes)) as Json };
      const told = edit(document, random);
      return { bytes: encoded(document.value), edit: told };
    } catch (error) {
      return { bytes, edit: `nothing (${(error as Error).message})` };
    }
  };

const json = inJson(anyOf(jsonEdits));

interface Sound {
  readonly name: string;
  readonly file: string;
  readonly bytes: Uint8Array;
  readonly args: readonly string[];
  readonly damage: Damage;
}

const model = ["@/model.onnx", "-o", "@/out.onnx", "--ratio", "0.5"];
const archive = zip({ "input0.npy": npy("<f4", [20, 5], samples), "y.npy": npy("<i8", [20], labels) }, true);
const config = {
  ratio: 0.5,
  importance: "l1",
  seed: 3,
  roundTo: 2,
  ignore: ["stored0"],
  layerRatios: { "stored*": 0.25 },
  maxRatio: 0.75,
  steps: 2,
  schedule: "linear",
};
const about = { shape: [5], scale: 0.5, mean: 0, std: 1, inputs: { input0: "input0" }, classes: ["a", "b"] };
const curves = {
  format: "prune-sensitivity/1",
  model: "model.onnx",
  sha256: "",
  criterion: "l2",
  metric: "error",
  samples: 8,
  seed: 0,
  cost: { macs: 1, parameters: 1, bytes: 1 },
  curves: [
    { family: 0, units: 8, points: [{ ratio: 0.5, error: 0.1, cost: { macs: 1, parameters: 1, bytes: 1 } }] },
  ],
};
const table = {
  format: "prune-latency/1",
  model: "",
  machine: "",
  runtime: "",
  threads: 1,
  inputs: { input0: [1, 5] },
  runs: [1, 0.5],
  operators: [{ op: "MatMul", nodes: [0], axes: ["input 0:1"], whole: [5], points: [[0, 5, 0.1]] }],
};

const sound: readonly Sound[] = [
  {
    name: "npy",
    file: "data.npy",
    bytes: npy("<f4", [20, 5], samples),
    args: [...model, "--data", "@/data.npy", "--recover", "bias"],
    damage: (bytes, random) => (random.once(2) ? header(bytes, random) : damaged(bytes, random)),
  },
  {
    name: "npz",
    file: "data.npz",
    bytes: archive,
    args: ["eval", "@/model.onnx", "--data", "@/data.npz"],
    damage(bytes, random) {
      if (!random.once(3)) return damaged(bytes, random);
      const made = header(npy("<f4", [20, 5], samples), random);
      return {
        bytes: zip({ "input0.npy": made.bytes, "y.npy": npy("<i8", [20], labels) }, random.once(2)),
        edit: made.edit,
      };
    },
  },
  {
    name: "labels",
    file: "labels.npy",
    bytes: npy("<i8", [20], labels),
    args: ["eval", "@/model.onnx", "--data", "@/data.npz", "--labels", "@/labels.npy"],
    damage: (bytes, random) => (random.once(2) ? header(bytes, random) : damaged(bytes, random)),
  },
  {
    name: "samples as JSON",
    file: "data.json",
    bytes: encoded(rows),
    args: [...model, "--data", "@/data.json", "--recover", "bias"],
    damage: (bytes, random) => (random.once(4) ? damaged(bytes, random) : json(bytes, random)),
  },
  {
    name: "a configuration of samples",
    file: "about.json",
    bytes: encoded(about),
    args: [...model, "--data", "@/data.npz", "--data-config", "@/about.json", "--recover", "bias"],
    damage: (bytes, random) => (random.once(4) ? damaged(bytes, random) : json(bytes, random)),
  },
  {
    name: "a configuration",
    file: "config.json",
    bytes: encoded(config),
    args: ["@/model.onnx", "-o", "@/out.onnx", "--config", "@/config.json"],
    damage: (bytes, random) => (random.once(4) ? damaged(bytes, random) : json(bytes, random)),
  },
  {
    name: "curves",
    file: "curves.json",
    bytes: encoded(curves),
    args: [...model, "--allocation", "@/curves.json"],
    damage: json,
  },
  {
    name: "a table of latencies",
    file: "table.json",
    bytes: encoded(table),
    args: ["@/model.onnx", "-o", "@/out.onnx", "--target", "latency=0.8", "--latency-table", "@/table.json"],
    damage: json,
  },
];

/** Files that options name: samples, labels, configurations, curves, tables. */
export function dataBases(): Base[] {
  const net = onnxModels().get("dense layers") as Uint8Array;
  const beside = new Map([
    ["model.onnx", net],
    ["data.npz", archive],
  ]);
  return sound.map(({ name, file, bytes: whole, args, damage }) => ({
    kind: "data",
    name,
    mutate(seeds) {
      let bytes = whole;
      const edits = seeds.map((seed) => {
        const made = damage(bytes, seeded(seed));
        bytes = made.bytes;
        return made.edit;
      });
      return { files: new Map([...beside, [file, bytes]]), args, edits };
    },
  }));
}
