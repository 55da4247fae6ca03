import { type Block, type Layout, sizesOf, spread } from "../layout/layout.js";
import type { State } from "../trace/state.js";
import type { Parameter, Role, Selector } from "../trace/value.js";
import { axisOf } from "./parameter-axis.js";

/** A dim of a tensor, or the dims that carry one set of names together; positions are counted row-major over them. */
export interface Axis {
  readonly tensor: string;
  /** Dims of the tensor, or of `view` where that is given. */
  readonly dims: readonly number[];
  /** A finer shape of the tensor: grouped convolutions and recurrent layers share names over one. */
  readonly view?: readonly number[];
  /** Positions; sizes known only at run time don't count. */
  readonly size: number;
  /** Of a parameter, what part it plays; anything computed is an `activation`. */
  readonly role: Role | "activation";
  /** The node that makes the activation, or the first one that uses the parameter. */
  readonly node: string;
}

/** An axis and its names, which are cells: an activation's positions may repeat them along fixed sizes. */
export interface NamedAxis {
  readonly id: number;
  readonly axis: Axis;
  readonly cells: number;
  /** A cell lives while its names in all parts do. */
  readonly parts: readonly Int32Array[];
  /** Cell of each position; undefined where they are the same. */
  readonly cellOf: (() => Int32Array) | undefined;
  /** Of a parameter that one input of one node has for itself. */
  readonly use: { readonly node: number; readonly input: number } | undefined;
  /** What part its values play: that of the parameter they come from where it was only moved. */
  readonly flows: Role | undefined;
}

/** All axes of a trace, numbered as they are first asked for. */
export interface AxisTable {
  readonly parameters: readonly NamedAxis[];
  /** The axis of member m of the atom index. */
  readonly ofMember: readonly NamedAxis[];
  /** A parameter's, its private uses after the shared one, or those of an activation. */
  of(tensor: string): readonly NamedAxis[];
  /** Those that a node meets at input i. */
  at(node: number, input: number): readonly NamedAxis[];
}

export function createAxisTable(state: State): AxisTable {
  let count = 0;
  const parameters: NamedAxis[] = [];
  const ofMember: NamedAxis[] = [];
  const byTensor = new Map<string, NamedAxis[]>();
  const byUse = new Map<string, NamedAxis[]>();
  for (const parameter of state.parameters.all) {
    const own = new Map<string, NamedAxis>();
    for (const selector of parameter.selectors) {
      const key = `${selector.view}:${selector.dims}`;
      const known = own.get(key);
      if (known) (known.parts as Int32Array[]).push(selector.ids);
      const axis = known ?? parameterAxis(count++, parameter, selector);
      own.set(key, axis);
      ofMember.push(axis);
    }
    parameters.push(...own.values());
    const { use, tensor } = parameter;
    push(use ? byUse : byTensor, use ? `${use.node}:${use.input}` : tensor, [...own.values()]);
  }
  for (const axis of parameters) if (axis.use) push(byTensor, axis.axis.tensor, [axis]);

  const maker = new Map<string, string>();
  for (const node of state.source.nodes) for (const name of node.outputs) maker.set(name, node.name);
  const activations = new Map<string, readonly NamedAxis[]>();
  const shared = (tensor: string): readonly NamedAxis[] => {
    const value = state.values.get(tensor);
    if (value?.parameter) return (byTensor.get(tensor) ?? []).filter((axis) => !axis.use);
    const known = activations.get(tensor);
    if (known || !value?.layout) return known ?? [];
    const layout = value.layout;
    const made = dimSets(layout).map((dims) =>
      activationAxis(count++, state, tensor, layout, dims, maker.get(tensor) ?? ""),
    );
    activations.set(tensor, made);
    return made;
  };
  return {
    parameters,
    ofMember,
    of: (tensor) => (state.values.get(tensor)?.parameter ? (byTensor.get(tensor) ?? []) : shared(tensor)),
    at: (node, input) =>
      byUse.get(`${node}:${input}`) ?? shared(state.source.nodes[node]?.inputs[input] ?? ""),
  };
}

function push<V>(lists: Map<string, V[]>, key: string, values: readonly V[]): void {
  const list = lists.get(key);
  if (list) list.push(...values);
  else lists.set(key, [...values]);
}

function parameterAxis(id: number, parameter: Parameter, selector: Selector): NamedAxis {
  const { ids, role } = selector;
  const axis: Axis = { ...axisOf({ parameter, selector }), size: ids.length, role };
  const { use } = parameter;
  return { id, axis, cells: ids.length, parts: [ids], cellOf: undefined, use, flows: role };
}

/** The sets of dims that blocks span, without those within a larger one. */
function dimSets(layout: Layout): number[][] {
  const sets = layout.blocks.map(({ at }) => dimsOf(layout, at));
  const distinct = sets.filter((set, i) => sets.findIndex((other) => String(other) === String(set)) === i);
  return distinct
    .filter((set) => !distinct.some((other) => other !== set && set.every((dim) => other.includes(dim))))
    .sort((a, b) => (a[0] as number) - (b[0] as number));
}

const dimsOf = (layout: Layout, at: readonly number[]): number[] =>
  [...new Set(at.map((factor) => layout.owner[factor] as number))].sort((a, b) => a - b);

function activationAxis(
  id: number,
  state: State,
  tensor: string,
  layout: Layout,
  dims: readonly number[],
  node: string,
): NamedAxis {
  const blocks = layout.blocks.filter(({ at }) => dimsOf(layout, at).every((dim) => dims.includes(dim)));
  const factors = layout.factors
    .map((_, i) => i)
    .filter((i) => dims.includes(layout.owner[i] as number) && typeof layout.factors[i] === "number");
  const named = factors.filter((i) => blocks.some((block) => block.at.includes(i)));
  const count = (at: readonly number[]): number => sizesOf(layout, at).reduce((a, b) => a * b, 1);
  const [size, cells] = [count(factors), count(named)];
  const parts = blocks.map((block) => spread(layout, block, named));
  let expanded: Int32Array | undefined;
  const expand = (): Int32Array => {
    const cell: Block = { at: named, ids: Int32Array.from({ length: cells }, (_, i) => i) };
    expanded ??= spread(layout, cell, factors);
    return expanded;
  };
  const owner = state.parameters.owners.get(parts[0] as Int32Array);
  return {
    id,
    axis: { tensor, dims, size, role: "activation", node },
    cells,
    parts,
    cellOf: size === cells ? undefined : expand,
    use: undefined,
    flows: state.values.get(tensor)?.constant ? owner?.role : undefined,
  };
}

/** `"conv1.weight" dim 0`. */
export function printAxis({ tensor, dims, view }: Axis): string {
  const where = `${dims.length === 1 ? "dim" : "dims"} ${dims.join(", ")}`;
  return `"${tensor}" ${where}${view ? ` of ${view.join("x")}` : ""}`;
}
