import type { Patching } from "../cut/patching.js";
import { type Block, dimIsNamed, fixed, type Layout } from "../layout/layout.js";
import { flattenDim } from "../layout/regroup.js";
import { ownersOfView } from "../layout/view.js";
import type { Dim } from "../names/dim.js";
import { createNames, type Names, pinName, reason } from "../names/names.js";
import { unite } from "../names/unite.js";
import { createGridList, type GridList } from "../units/grids.js";
import type { GraphSource } from "./graph.js";
import type { Labelled } from "./kit.js";
import { createParameters, type Parameters } from "./parameters.js";
import type { NodePatch, Parameter, Role, Selector, Value } from "./value.js";

/** A parameter that a node keeps whole, and why. */
export interface Frozen {
  readonly tensor: string;
  /** undefined: all of it. */
  readonly dim: number | undefined;
  readonly why: string;
  readonly node: string;
}

/** What a trace gathers while it runs. */
export interface State {
  readonly names: Names;
  readonly source: GraphSource;
  readonly values: Map<string, Value>;
  readonly parameters: Parameters;
  readonly frozen: Frozen[];
  readonly derived: Set<string>;
  /** Names of the model's inputs. */
  readonly inputs: ReadonlySet<string>;
  /** Names arrays of all tensors and of what rules make of them on the way. */
  readonly grids: GridList;
  /** Names of dims that the operands of a product share and its result keeps, beside named ones that are summed: heads. */
  readonly batches: Int32Array[];
  /** Sizes known only at run time that some tensor's dim has. */
  readonly sizes: Set<Dim>;
  /** Sizes that must be equal for the model to run. */
  readonly equal: (readonly [Dim, Dim])[];
  readonly patches: { readonly node: number; readonly change: (cut: Patching) => NodePatch | undefined }[];
  value(name: string | undefined): Value | undefined;
  owned(node: number, i: number): Value | undefined;
  private(node: number, i: number): Value | undefined;
  some(node: number, i: number, dims: readonly number[]): Layout;
  lend(node: number, operands: readonly Labelled[]): (readonly [Layout, readonly string[]])[];
  roles(
    operands: readonly { readonly layout: Layout; readonly labels: readonly number[] }[],
    out: readonly number[],
  ): void;
  role(ids: Int32Array, role: Role): void;
  select(
    value: Value,
    s: { view: readonly number[]; dims: readonly number[]; layout: Layout; role: Role; node: string },
  ): void;
  freeze(node: number, tensor: string, why: string, dim?: number): void;
  stated(name: string): Layout | undefined;
}

export function createState(source: GraphSource): State {
  const names = createNames();
  const values = new Map<string, Value>();
  const derived = new Set<string>();
  const parameters = createParameters(names, (tensor) => derived.has(tensor));
  const frozen: Frozen[] = [];
  const uses = countUses(source);
  const shared = sharedConstants(source, uses);
  const nodeName = (node: number): string => source.nodes[node]?.name ?? "";
  const allDims = (layout: Layout): number[] => [...new Set(layout.owner)];

  const value = (name: string | undefined): Value | undefined => {
    if (!name) return undefined;
    const known = values.get(name);
    if (known) return known;
    const shape = source.parameter(name);
    if (!shape) return undefined;
    const made = parameterValue(name, shape, source);
    values.set(name, made);
    return made;
  };

  /** Dims of stored tensors that some node uses as a whole: later nodes give them no names. */
  const whole = new Map<string, Set<number>>();
  const keepWhole = (tensor: string, dims: readonly number[]): void => {
    whole.set(tensor, new Set([...(whole.get(tensor) ?? []), ...dims]));
  };

  const named = (from: Value, wanted: readonly number[], node: number): Value => {
    if (source.isIndex(from.name)) return from;
    const shape = (from.layout as Layout).rank === 0 ? [] : shapeNumbers(from, source);
    const kept = from.use ? undefined : whole.get(from.name);
    const dims = kept ? wanted.filter((dim) => !kept.has(dim)) : wanted;
    const layout = parameters.own(from.name, shape, dims, nodeName(node), from.use);
    const next = withLayout(from, layout);
    if (!from.use) values.set(from.name, next);
    return next;
  };

  const state: State = {
    names,
    source,
    values,
    parameters,
    frozen,
    derived,
    inputs: new Set(source.inputs.map(({ name }) => name)),
    grids: createGridList(),
    batches: [],
    sizes: new Set(),
    equal: [],
    patches: [],
    value,
    owned(node, i) {
      const from = value(source.nodes[node]?.inputs[i]);
      return from?.parameter && from.layout ? named(from, allDims(from.layout), node) : from;
    },
    private(node, i) {
      const name = source.nodes[node]?.inputs[i];
      const from = value(name);
      if (!from?.constant || !from.layout || from.layout.owner.length === 0) return from;
      if (!shared.has(from.name)) return from;
      if (!from.parameter && !source.isComputable(from.name)) return from;
      if (!from.parameter) pinAll(names, from.layout, "constant shared by several nodes", nodeName(node));
      const shape = from.parameter ? shapeNumbers(from, source) : numeric(from.layout);
      const use = { node, input: i, derived: !from.parameter || derived.has(from.name) };
      return withLayout({ ...from, parameter: true, use }, fixed(shape));
    },
    some(node, i, dims) {
      const from = value(source.nodes[node]?.inputs[i]) as Value;
      if (!from.parameter) return from.layout as Layout;
      const others = allDims(from.layout as Layout).filter((dim) => !dims.includes(dim));
      const layout = named(from, dims, node).layout as Layout;
      if (!from.use) keepWhole(from.name, others);
      pinAll(names, only(layout, others), "used as a whole", nodeName(node));
      return layout;
    },
    lend(node, operands) {
      const lent: (readonly [Value | Layout, readonly string[]])[] = [...operands];
      operands.forEach(([from, labels], k) => {
        if ("factors" in from || !from.parameter || !from.layout) return;
        const others = lent.filter((_, j) => j !== k);
        const dims = allDims(from.layout).filter((dim) => {
          const label = labels[dim] as string;
          const meets = others.filter(([other, text]) => wide(other, text, label));
          const free = meets.every(([other, text]) => open(other, text, label));
          if (!free && !from.use) {
            keepWhole(from.name, [dim]);
            frozen.push({ tensor: from.name, dim, why: meetsFixed(meets), node: nodeName(node) });
          }
          return free;
        });
        lent[k] = [named(from, dims, node), labels];
      });
      return lent.map(([from, labels]) => [layoutOf(from), labels] as const);
    },
    roles(operands, out) {
      const contracts = operands.some(({ labels }) => labels.some((label) => !out.includes(label)));
      if (!contracts) return;
      for (const { layout, labels } of operands)
        for (const block of layout.blocks) {
          const label = labels[layout.owner[block.at[0] as number] as number] as number;
          state.role(block.ids, out.includes(label) ? "out" : "in");
        }
      for (const ids of keptBeside(operands, out)) state.batches.push(ids);
    },
    role(ids, role) {
      const selector = parameters.owners.get(ids);
      if (selector && selector.role !== "out") selector.role = role;
    },
    select(from, { view, dims, layout, role, node }) {
      let flat = layout;
      for (let d = 0; d < layout.rank; d++) flat = flattenDim(names, flat, d, 0) ?? flat;
      const parameter = parameters.of(from.name, shapeNumbers(from, source), from.use);
      for (const block of flat.blocks) {
        const at = block.at.map((i) => dims[flat.owner[i] as number] as number);
        const selector: Selector = { view, dims: at, ids: block.ids, role, node };
        agree(names, parameter, selector);
        parameter.selectors.push(selector);
      }
    },
    freeze: (node, tensor, why, dim) => {
      frozen.push({ tensor, dim, why, node: nodeName(node) });
      const layout = value(tensor)?.layout;
      if (!layout) return;
      keepWhole(tensor, allDims(layout));
      pinAll(names, layout, why, nodeName(node));
    },
    stated(name) {
      const shape = source.stated(name);
      return shape && fixed(shape);
    },
  };
  return state;
}

/** A tensor that several nodes read through finer views loses the same elements in all of them. */
function agree(names: Names, { selectors, shape }: Parameter, next: Selector): void {
  for (const other of selectors) {
    if (other.node === next.node) continue;
    const apart = !spanned(shape, other).some((dim) => spanned(shape, next).includes(dim));
    if (apart) continue;
    const why = reason(names, { code: "shared", text: "weights shared by several nodes", node: next.node });
    const same = String(other.view) === String(next.view) && String(other.dims) === String(next.dims);
    if (same) unite(names, other.ids, next.ids, why);
    else for (const { ids } of [other, next]) for (const id of ids) pinName(names, id, why);
  }
}

/** Dims of the parameter's shape that a selector's view dims lie in. */
function spanned(shape: readonly number[], { view, dims }: Selector): number[] {
  const owners = ownersOfView(shape, view);
  return dims.map((d) => owners[d] as number);
}

const layoutOf = (from: Value | Layout): Layout => ("factors" in from ? from : (from.layout as Layout));

function wide(from: Value | Layout, labels: readonly string[], label: string): boolean {
  return layoutOf(from).owner.includes(labels.indexOf(label));
}

/** A dim that a parameter may be named along: named already, or of a parameter still without names. */
function open(from: Value | Layout, labels: readonly string[], label: string): boolean {
  const dim = labels.indexOf(label);
  return dimIsNamed(layoutOf(from), dim) || (!("factors" in from) && from.parameter);
}

const meetsFixed = (meets: readonly Labelled[]): string =>
  `meets fixed positions${meets[0] && "name" in meets[0][0] ? ` of "${meets[0][0].name}"` : ""}`;

/** Replaces the layout and keeps lazily read contents lazy. */
function withLayout(from: Value, layout: Layout): Value {
  const { name, parameter, constant, use } = from;
  const copy: Value = {
    name,
    layout,
    parameter,
    constant,
    get data() {
      return from.data;
    },
  };
  return use ? Object.assign(copy, { use }) : copy;
}

function parameterValue(name: string, shape: readonly number[], source: GraphSource): Value {
  return {
    name,
    layout: fixed(shape),
    parameter: true,
    constant: true,
    get data() {
      return source.integers(name);
    },
  };
}

const shapeNumbers = (from: Value, source: GraphSource): readonly number[] =>
  source.parameter(from.name) ?? numeric(from.layout as Layout);

function numeric(layout: Layout): number[] {
  const shape = new Array<number>(layout.rank).fill(1);
  layout.owner.forEach((dim, i) => {
    shape[dim] = (shape[dim] as number) * (layout.factors[i] as number);
  });
  return shape;
}

/** Names of what several operands have and the result keeps, where they also have named positions that are summed. */
function keptBeside(
  operands: readonly { readonly layout: Layout; readonly labels: readonly number[] }[],
  out: readonly number[],
): Int32Array[] {
  if (operands.filter(({ layout }) => layout.blocks.length > 0).length < 2) return [];
  const labelsOf = ({ layout, labels }: (typeof operands)[number], { at }: Block): number[] =>
    at.map((i) => labels[layout.owner[i] as number] as number);
  const named = operands.map(
    (operand) => new Set(operand.layout.blocks.flatMap((block) => labelsOf(operand, block))),
  );
  const inSeveral = (label: number): boolean => named.filter((labels) => labels.has(label)).length > 1;
  const sums = named.some((labels) => [...labels].some((l) => inSeveral(l) && !out.includes(l)));
  if (!sums) return [];
  return operands.flatMap((operand) =>
    operand.layout.blocks
      .filter((block) => labelsOf(operand, block).every((label) => inSeveral(label) && out.includes(label)))
      .map(({ ids }) => ids),
  );
}

/** The blocks over some dims of a parameter, each of which names one. */
const only = (layout: Layout, dims: readonly number[]): Layout => ({
  ...layout,
  blocks: layout.blocks.filter(({ at }) => dims.includes(layout.owner[at[0] as number] as number)),
});

function pinAll(names: Names, layout: Layout, text: string, node: string): void {
  if (layout.blocks.length === 0) return;
  const why = reason(names, { code: "shared", text, node });
  for (const block of layout.blocks) for (const id of block.ids) pinName(names, id, why);
}

function countUses(source: GraphSource): Map<string, number> {
  const uses = new Map<string, number>();
  for (const node of source.nodes) for (const name of node.inputs) uses.set(name, (uses.get(name) ?? 0) + 1);
  return uses;
}

/** Constants that more than one node depends on through constant nodes. */
function sharedConstants(source: GraphSource, uses: ReadonlyMap<string, number>): Set<string> {
  const shared = new Set<string>();
  for (const [name, n] of uses)
    if (n > 1 && source.isConstant(name) && !source.isIndex(name)) shared.add(name);
  for (const node of source.nodes)
    if (
      node.outputs.every((name) => name === "" || source.isConstant(name)) &&
      node.inputs.some((name) => shared.has(name))
    )
      for (const name of node.outputs) shared.add(name);
  return shared;
}
