import { TfjsError } from "../errors.js";
import { recordOf } from "../layers-model/layers/layers.js";
import { checkSizes } from "./layer-sizes.js";

/** A call of a layer: which one, and which of its calls and outputs. */
interface Reference {
  readonly layer: string;
  readonly call: number;
  readonly output: number;
}

type Call = Pick<Reference, "layer" | "call">;

/** The calls of one layer, by what each reads. */
interface Calls {
  readonly count: number;
  readonly reads: readonly Reference[][];
  /** A call has one output. */
  readonly isOne: boolean;
}

type Settings = Readonly<Record<string, unknown>>;

/**
 * Throws a typed error where tf.loadLayersModel would never end or fail somewhere inside: layers that are missing, have
 * one name or wait for each other, and sizes that the stored weights can't have.
 * @param elements how many elements the weights manifest has in all
 */
export function checkLayers(topology: unknown, elements: number): void {
  const outer = settings(topology, "the modelTopology");
  checkModel(outer.model_config ?? outer, elements, 0);
}

/** Models inside models inside models: no exporter nests them deeper. */
const deepest = 64;

function checkModel(value: unknown, elements: number, depth: number): void {
  if (depth > deepest) throw malformed("the modelTopology", `models nest more than ${deepest} deep`);
  const { class_name: kind, config } = settings(value, "a model");
  const layers = Array.isArray(config) ? config : settings(config, `the config of a ${String(kind)}`).layers;
  if (!Array.isArray(layers))
    throw malformed(`the config of a ${String(kind)}`, "there is no list of layers");
  for (const layer of layers) checkLayer(layer, elements, depth);
  if (kind !== "Sequential") checkCalls(layers, config as Settings);
}

function checkLayer(value: unknown, elements: number, depth: number): void {
  const { class_name: kind, config } = settings(value, "the list of layers");
  if (typeof kind !== "string") throw malformed("the list of layers", "a layer has no class_name");
  if (isModel(kind)) {
    checkModel(value, elements, depth + 1);
    return;
  }
  const own = settings(config, `the layer of class ${kind}`);
  if (own.name !== undefined && own.name !== null && typeof own.name !== "string")
    throw malformed(`the layer of class ${kind}`, "its name is no text");
  const within = recordOf(kind)?.wraps;
  if (within !== undefined) settings(own[within], `what a ${kind} runs (its "${within}")`);
  checkSizes(kind, own, elements);
  if (typeof own.layer === "object" && own.layer !== null) checkLayer(own.layer, elements, depth + 1);
}

const isModel = (kind: unknown): boolean =>
  kind === "Model" || kind === "Functional" || kind === "Sequential";

/** Every call reads what some other call gives, and no call waits for itself. */
function checkCalls(layers: readonly unknown[], config: Settings): void {
  const calls = new Map<string, Calls>();
  for (const value of layers) {
    const { name, class_name: kind, inbound_nodes: nodes = [] } = value as Settings;
    if (typeof name !== "string") throw malformed("the list of layers", "a layer has no name");
    if (calls.has(name)) throw new TfjsError("duplicate-name", { node: name });
    if (!Array.isArray(nodes)) throw malformed(`the layer "${name}"`, "its inbound_nodes are no list");
    const reads = nodes.map((node) => references(node, name));
    // TensorFlow.js waits forever for a call whose one entry stands alone.
    if (nodes.some((node) => typeof (node as unknown[])[0] === "string"))
      throw malformed(
        `what "${name}" reads`,
        "a call is a list of [layer, call, output], and one is no list",
      );
    if (reads.some((call) => call.length === 0))
      throw malformed(`the layer "${name}"`, "one of its calls reads nothing");
    const record = recordOf(String(kind));
    // With one tensor to merge, loading never ends.
    if (record?.inputs === 2 && reads.some((call) => call.length < 2))
      throw malformed(`the layer "${name}"`, `a ${String(kind)} reads one tensor, and needs two`);
    // States of recurrent layers are read beside their input.
    const isSingle = record !== undefined && record.inputs === undefined && !record.makesSeveral;
    const many = isSingle ? reads.find((call) => call.length > 1) : undefined;
    if (many)
      throw malformed(`the layer "${name}"`, `a ${String(kind)} reads ${many.length} tensors, and takes one`);
    // A model that is a layer has a call of its own, by which it was made.
    const count = kind === "InputLayer" || isModel(kind) ? nodes.length + 1 : nodes.length;
    calls.set(name, {
      count,
      reads,
      isOne: kind === "InputLayer" || (record !== undefined && !record.makesSeveral),
    });
  }
  const check = ({ layer, call, output }: Reference, reader: string): void => {
    const found = calls.get(layer);
    if (!found || call >= found.count)
      throw new TfjsError("dangling-input", {
        node: reader,
        input: found ? `${layer}, call ${call}` : layer,
      });
    if (found.isOne && output > 0)
      throw new TfjsError("dangling-input", { node: reader, input: `${layer}, output ${output}` });
  };
  for (const [name, { reads }] of calls) for (const one of reads.flat()) check(one, name);
  for (const key of ["input_layers", "output_layers"])
    for (const one of references(config[key], `the ${key}`)) check(one, `the ${key}`);
  checkOrder(calls);
}

function checkOrder(calls: ReadonlyMap<string, Calls>): void {
  const done = new Set<string>();
  const open = new Set<string>();
  const key = ({ layer, call }: Call): string => `${call} ${layer}`;
  const readsOf = ({ layer, call }: Call): readonly Reference[] => calls.get(layer)?.reads[call] ?? [];
  for (const [layer, { reads }] of calls)
    for (const call of reads.keys()) {
      const path: { readonly at: Call; next: number }[] = [{ at: { layer, call }, next: 0 }];
      open.add(key({ layer, call }));
      for (let top = path.at(-1); top !== undefined; top = path.at(-1)) {
        const need = readsOf(top.at)[top.next++];
        if (need === undefined) {
          open.delete(key(top.at));
          done.add(key(top.at));
          path.pop();
        } else if (open.has(key(need))) {
          throw new TfjsError("cycle", { nodes: [...path.map(({ at }) => at.layer), need.layer].slice(-8) });
        } else if (!done.has(key(need))) {
          open.add(key(need));
          path.push({ at: need, next: 0 });
        }
      }
    }
}

/** `[[name, call, output, settings?], ...]`, or one such entry alone, as outputs of a model may be. */
function references(value: unknown, of: string): Reference[] {
  const where = `what "${of}" reads`;
  if (!Array.isArray(value)) throw malformed(where, "it is no list");
  const list: readonly unknown[] = typeof value[0] === "string" ? [value] : value;
  return list.map((entry) => {
    const [layer, call, output] = Array.isArray(entry) ? entry : [];
    if (typeof layer !== "string" || !isIndex(call) || !isIndex(output))
      throw malformed(where, `${JSON.stringify(entry)?.slice(0, 80)} is no layer, call and output`);
    return { layer, call, output };
  });
}

const isIndex = (value: unknown): value is number => Number.isSafeInteger(value) && (value as number) >= 0;

function settings(value: unknown, where: string): Settings {
  if (typeof value === "object" && value !== null && !Array.isArray(value)) return value as Settings;
  throw malformed(where, "an object is missing");
}

const malformed = (where: string, why: string): TfjsError => new TfjsError("malformed", { where, why });
