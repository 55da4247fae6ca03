import type { io } from "@tensorflow/tfjs-core";
import { TfjsError } from "../errors.js";
import type { GraphModel, ModelJson, NodeDef } from "../model.js";
import { checkArity, checkOutput } from "../validate/arity.js";
import { checkNodeDef, checkSignature } from "../validate/graph-topology.js";
import { readWeights } from "./weights.js";

/** Parses model.json; says what is wrong with it. */
export function parseJson(text: string): ModelJson {
  let json: unknown;
  try {
    json = JSON.parse(text);
  } catch (error) {
    throw new TfjsError("not-json", { why: (error as Error).message });
  }
  const isObject = (value: unknown): value is Record<string, unknown> =>
    typeof value === "object" && value !== null && !Array.isArray(value);
  if (!isObject(json)) throw new TfjsError("not-a-model", { why: "the file holds no object" });
  if (!isObject(json.modelTopology)) throw new TfjsError("not-a-model", { why: "it has no modelTopology" });
  if (nestsBeyond(json, deepest))
    throw new TfjsError("not-a-model", { why: `it nests objects more than ${deepest} deep` });
  const groups = json.weightsManifest;
  if (!Array.isArray(groups)) throw new TfjsError("not-a-model", { why: "it has no weightsManifest" });
  const isName = (path: unknown): boolean => typeof path === "string";
  if (
    !groups.every(
      (group) => Array.isArray(group?.paths) && group.paths.every(isName) && Array.isArray(group?.weights),
    )
  )
    throw new TfjsError("malformed", { where: "the weightsManifest", why: "a group lacks paths or weights" });
  return json as unknown as ModelJson;
}

/** No converter nests objects deeper; what walks them recurses. */
const deepest = 500;

function nestsBeyond(value: unknown, limit: number): boolean {
  let level: readonly unknown[] = [value];
  for (let depth = 0; level.length > 0; depth++) {
    if (depth > limit) return true;
    level = level.flatMap((one) =>
      typeof one === "object" && one !== null ? Object.values(one).filter((v) => typeof v === "object") : [],
    );
  }
  return false;
}

/** Which loader a model.json is for. */
export function formatOf(json: ModelJson): "graph-model" | "layers-model" {
  if (json.format === "graph-model" || json.format === "layers-model") return json.format;
  return Array.isArray(json.modelTopology.node) ? "graph-model" : "layers-model";
}

/**
 * A GraphModel from its model.json and the contents of its weights files, one after the other.
 * @throws {TfjsError} unless they are a sound GraphModel.
 */
export function readGraphModel(json: ModelJson, data: Uint8Array): GraphModel {
  const graph = json.modelTopology;
  if (formatOf(json) !== "graph-model" || !Array.isArray(graph.node))
    throw new TfjsError("not-a-model", {
      why: "it is not a graph-model; load a layers-model with tf.loadLayersModel",
    });
  const weights = readWeights(json.weightsManifest, data);
  const nodes = new Map<string, NodeDef>();
  for (const node of graph.node) {
    checkNodeDef(node);
    const { name, op } = node;
    if (nodes.has(name)) throw new TfjsError("duplicate-name", { node: name });
    nodes.set(name, node);
    if (op === "Const" && !weights.has(name)) throw new TfjsError("missing-weight", { node: name });
  }
  for (const node of graph.node) {
    checkArity(node);
    checkInputs(node, nodes);
  }
  const signature: unknown = signatureOf(json);
  checkSignature(signature, nodes);
  return { json, graph, signature, weights };
}

function checkInputs({ name, input = [] }: NodeDef, nodes: ReadonlyMap<string, NodeDef>): void {
  for (const text of input) {
    const source = text.replace(/^\^/, "").split(":")[0] as string;
    const read = nodes.get(source);
    if (read === undefined) throw new TfjsError("dangling-input", { node: name, input: text });
    checkOutput(name, text, read);
  }
}

/** Converters of some years put it into the metadata, where it wins. */
const signatureOf = (json: ModelJson): unknown => json.userDefinedMetadata?.signature ?? json.signature;

/**
 * A GraphModel from what an IOHandler loads: in the browser, `await tf.io.http(url).load()`. The artifacts may be loaded
 * by tfjs as well, which writes into their topology: the model has its own.
 */
export function fromArtifacts(artifacts: io.ModelArtifacts): GraphModel {
  const { modelTopology, weightSpecs, weightData, ...rest } = artifacts;
  if (!modelTopology || !weightSpecs || !weightData)
    throw new TfjsError("not-a-model", { why: "the artifacts lack a topology, weight specs or weight data" });
  const json = {
    ...structuredClone(rest),
    modelTopology: structuredClone(modelTopology),
    weightsManifest: [{ paths: ["group1-shard1of1.bin"], weights: weightSpecs }],
  };
  return readGraphModel(json as unknown as ModelJson, joined(weightData));
}

export function joined(data: io.WeightData): Uint8Array {
  const parts = (Array.isArray(data) ? data : [data]) as ArrayBuffer[];
  return concatBytes(parts.map((part) => new Uint8Array(part)));
}

/** All parts one after the other; a single part is given back as it is, not copied. */
export function concatBytes(parts: readonly Uint8Array[]): Uint8Array {
  if (parts.length === 1) return parts[0] as Uint8Array;
  const all = new Uint8Array(parts.reduce((n, { length }) => n + length, 0));
  let at = 0;
  for (const part of parts) {
    all.set(part, at);
    at += part.length;
  }
  return all;
}
