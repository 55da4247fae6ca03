import { graphRules } from "@prune/tfjs";
import { anyOf, type Edit, type Edits } from "../mutant.js";
import type { Random } from "../random.js";
import { type Json, type JsonDocument, jsonEdits } from "./json.js";
import { integer, names, resized } from "./nasty.js";

type Fields = { [key: string]: Json };

const operators = Object.keys(graphRules);

const listIn = (value: Json | undefined, ...path: readonly string[]): Fields[] => {
  let at: Json | undefined = value;
  for (const key of path) at = (at as Fields | null | undefined)?.[key];
  return Array.isArray(at) ? (at.filter((one) => typeof one === "object" && one !== null) as Fields[]) : [];
};

const nodesOf = ({ value }: JsonDocument): Fields[] => listIn(value, "modelTopology", "node");

const onNode =
  (edit: (node: Fields, all: Fields[], random: Random) => string): Edit<JsonDocument> =>
  (document, random) => {
    const all = nodesOf(document);
    if (all.length === 0) return "no node";
    const node = random.pick(all);
    return `${node.op} ${node.name}: ${edit(node, all, random)}`;
  };

const inputsOf = (node: Fields): Json[] => {
  if (!Array.isArray(node.input)) node.input = [];
  return node.input;
};

const nodes: Edits<JsonDocument> = {
  rewired: onNode((node, all, random) => {
    const inputs = inputsOf(node);
    const at = random.below(inputs.length || 1);
    inputs[at] =
      `${random.pick(["", "", "^"])}${random.pick(all).name}${random.pick(["", "", ":1", ":0", ":99", ":x"])}`;
    return `input ${at} is ${inputs[at]}`;
  }),
  dropped: onNode((node, _, random) => {
    const inputs = inputsOf(node);
    inputs.splice(random.below(inputs.length || 1), 1);
    return `${inputs.length} inputs`;
  }),
  added: onNode((node, all, random) => {
    const inputs = inputsOf(node);
    const count = random.pick([1, 1, 1, 500]);
    for (let i = 0; i < count; i++) inputs.push(random.pick(all).name ?? null);
    return `${inputs.length} inputs`;
  }),
  swapped: onNode((node) => {
    inputsOf(node).reverse();
    return "inputs the other way round";
  }),
  operator: onNode((node, _, random) => {
    node.op = random.pick([...operators, ...names]);
    return `is ${node.op}`;
  }),
  named: onNode((node, all, random) => {
    node.name = random.pick([...names, random.pick(all).name ?? null]);
    return `is called ${node.name}`;
  }),
  missing: (document, random) => {
    const all = (document.value as { modelTopology?: { node?: Json[] } }).modelTopology?.node;
    if (!Array.isArray(all)) return "no nodes";
    return String((all.splice(random.below(all.length || 1), 1)[0] as Fields | undefined)?.name);
  },
  attribute: onNode((node, _, random) => {
    const attr = (node.attr ?? {}) as Fields;
    node.attr = attr;
    const key = random.pick([
      ...Object.keys(attr),
      "T",
      "N",
      "strides",
      "padding",
      "axis",
      "shape",
      "keep_dims",
      "data_format",
      "ksize",
      "num_split",
      "begin_mask",
      "Tidx",
      "value",
      "explicit_paddings",
      "then_branch",
      ...names.slice(0, 3),
    ]);
    attr[key] = random.pick<Json>([
      { i: String(integer(random)) },
      { i: integer(random) },
      { s: btoa(random.pick(["SAME", "VALID", "NCHW", "EXPLICIT", "x"])) },
      { b: random.once(2) },
      { type: random.pick(["DT_FLOAT", "DT_INT32", "DT_HALF", "DT_STRING", "nothing"]) },
      { list: { i: resized([1, 1, 1, 1], random).map(String) } },
      { list: {} },
      { shape: { dim: resized([2, 2], random).map((size) => ({ size: String(size) })) } },
      { shape: { unknownRank: true } },
      { tensor: { tensorShape: { dim: [{ size: "2" }] }, dtype: "DT_FLOAT" } },
      { func: { name: random.pick(names) } },
      {},
    ]);
    return `${key} = ${JSON.stringify(attr[key])}`;
  }),
};

const entriesOf = ({ value }: JsonDocument): Fields[] =>
  listIn(value, "weightsManifest").flatMap((group) => listIn(group, "weights"));

const onEntry =
  (edit: (entry: Fields, all: Fields[], random: Random) => string): Edit<JsonDocument> =>
  (document, random) => {
    const all = entriesOf(document);
    if (all.length === 0) return "no entry";
    const entry = random.pick(all);
    return `${entry.name}: ${edit(entry, all, random)}`;
  };

/** Of the manifest, which both kinds of models have. */
export const manifestEdits: Edits<JsonDocument> = {
  shape: onEntry((entry, _, random) => {
    entry.shape = resized(Array.isArray(entry.shape) ? entry.shape.map(Number) : [], random);
    return `shape [${entry.shape.slice(0, 8)}]`;
  }),
  // As many elements, so that what reads the file goes on.
  turned: onEntry((entry, _, random) => {
    const shape = Array.isArray(entry.shape) ? entry.shape.map(Number) : [];
    entry.shape = random.pick([
      [...shape].reverse(),
      [...shape, 1],
      [1, ...shape],
      [shape.reduce((a, b) => a * b, 1)],
    ]);
    return `shape [${entry.shape}]`;
  }),
  dtype: onEntry((entry, _, random) => {
    entry.dtype = random.pick([
      "float32",
      "int32",
      "bool",
      "string",
      "complex64",
      "float16",
      "uint8",
      ...names.slice(0, 2),
    ]);
    return `of ${entry.dtype}`;
  }),
  quantised: onEntry((entry, _, random) => {
    entry.quantization = random.pick<Json>([
      { dtype: "uint8", scale: 0.1, min: 0 },
      { dtype: "float16" },
      { dtype: "uint16", scale: 0, min: 0 },
      { dtype: "int4" },
      {},
      null,
    ]);
    return `as ${JSON.stringify(entry.quantization)}`;
  }),
  named: onEntry((entry, all, random) => {
    entry.name = random.pick([...names, random.pick(all).name ?? null]);
    return `is called ${entry.name}`;
  }),
  paths(document, random) {
    const group = random.pick(listIn(document.value, "weightsManifest"));
    if (!group) return "no group";
    const own = Array.isArray(group.paths) ? group.paths : [];
    group.paths = random.pick<Json[]>([
      [...own, ...own],
      [],
      [...names.slice(0, 8)],
      ["../model.json"],
      ["model.json"],
      ["."],
      [1, null],
      [...own].reverse(),
      [...own, "gone.bin"],
    ]);
    return JSON.stringify(group.paths).slice(0, 60);
  },
};

const signature: Edit<JsonDocument> = (document, random) => {
  const value = document.value as { signature?: Fields };
  const all = nodesOf(document);
  const key = random.pick(["inputs", "outputs"]);
  const part = random.pick<Json>([
    {},
    { a: { name: `${random.pick(all)?.name ?? "x"}:0` } },
    { a: { name: `${random.pick(all)?.name ?? "x"}:7` } },
    { constructor: { name: "constructor:0" } },
    { a: { name: "nothing" } },
    null,
    [],
  ]);
  value.signature = { ...value.signature, [key]: part };
  return `${key} ${JSON.stringify(part)}`;
};

/** What may be wrong with a GraphModel whose model.json is still JSON. */
export const graphEdits: Edits<JsonDocument> = {
  node: anyOf(nodes),
  again: anyOf(nodes),
  manifest: anyOf(manifestEdits),
  signature,
  json: anyOf(jsonEdits),
};
