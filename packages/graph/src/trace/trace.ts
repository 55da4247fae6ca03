import type { Steps } from "../breaths.js";
import { GraphError } from "../errors.js";
import { fixed, type Layout, shapeOf } from "../layout/layout.js";
import { close } from "../names/close.js";
import type { Dim } from "../names/dim.js";
import { freshIds, pinName, type Reason, reason } from "../names/names.js";
import { nameRows } from "../units/grids.js";
import { createKit, unfollowed } from "./create-kit.js";
import type { GraphNode, GraphSource, Outcome } from "./graph.js";
import { createState, type State } from "./state.js";

/** Runs a network on names: follows every node by its rule and pins what must stay. */
export function* tracingGraph(source: GraphSource): Steps<State> {
  const state = yield* tracingNodes(source);
  for (const { tensor, node, op } of source.inside ?? [])
    state.frozen.push({
      tensor,
      dim: undefined,
      why: `lies inside the body of ${op}, which runs as run time decides`,
      node,
    });
  for (const name of source.outputs) pinOutput(state, name);
  keepBehind(
    state,
    source.outputs.filter((name) => state.derived.has(name)),
  );
  for (const { name, layout } of state.values.values()) if (layout) state.grids.add(layout, name);
  yield;
  nameRows(state.names, state.grids.all);
  yield;
  close(state.names);
  yield;
  return state;
}

/** Runs the rules alone: all tensors have shapes then, but what leaves together is not known yet. */
export function* tracingNodes(source: GraphSource): Steps<State> {
  const state = createState(source);
  for (const { name, shape } of source.inputs) {
    if (state.values.has(name) || source.parameter(name)) continue;
    const layout = shape && inputLayout(state, name, shape);
    state.values.set(name, { name, layout, parameter: false, constant: false });
  }
  const later = new Set(source.nodes.flatMap(({ outputs }) => outputs));
  for (const [index, node] of source.nodes.entries()) {
    checkOrder(state, node, later);
    follow(state, index);
    for (const name of node.outputs) later.delete(name);
    yield;
  }
  return state;
}

/** A tensor that a later node makes would be taken for one that nothing is known of, and what depends on it for free. */
function checkOrder(state: State, node: GraphNode, later: ReadonlySet<string>): void {
  if (node.entersLoop) return;
  // Inputs and outputs that are left out are called alike.
  const isEarly = (name: string): boolean => name !== "" && later.has(name) && !state.source.parameter(name);
  if (node.inputs.some(isEarly) || node.captures?.some(isEarly))
    throw new GraphError("cyclic", { node: node.name });
}

/** An input is as it is; one whose sizes could follow from a cut has names, which stay unless that is asked for. */
function inputLayout(state: State, name: string, shape: readonly Dim[]): Layout {
  const end = state.source.end?.(name);
  const layout = fixed(shape);
  if (!end) return layout;
  const blocks = layout.factors.flatMap((size, i) =>
    typeof size === "number" && size > 1 ? [{ at: [i], ids: freshIds(state.names, size) }] : [],
  );
  const named = { ...layout, blocks };
  if (end !== "free") pinLayout(state, named, { code: "input", text: end.why });
  return named;
}

function follow(state: State, index: number): void {
  const { source, values, derived } = state;
  const node = source.nodes[index] as (typeof source.nodes)[number];
  for (const name of node.captures ?? []) hold(state, index, name);
  const computed = source.computed(node);
  if (computed) {
    keepWhole(state, node);
    node.outputs.forEach((name, i) => {
      const shape = computed[i];
      if (!name || !shape) return;
      derived.add(name);
      values.set(name, {
        name,
        layout: fixed(shape),
        parameter: true,
        constant: true,
        get data() {
          return source.integers(name);
        },
      });
    });
    return;
  }
  const outcomes = outcomesOf(state, index);
  node.outputs.forEach((name, i) => {
    if (name) set(state, name, outcomes[i]);
  });
}

/** What a computed constant is made from stays as it is: only the computed values are cut. */
function keepWhole(state: State, node: GraphNode): void {
  for (const name of node.inputs) {
    const value = state.values.get(name);
    if (value && !value.parameter)
      pinLayout(state, value.layout, {
        code: "constant",
        text: "a constant is computed from it",
        node: node.name,
      });
  }
}

function pinLayout(state: State, layout: Layout | undefined, reasonFor: Reason): void {
  if (!layout || layout.blocks.length === 0) return;
  const why = reason(state.names, reasonFor);
  for (const block of layout.blocks) for (const id of block.ids) pinName(state.names, id, why);
}

/** What a body reads must be as it was. */
function hold(state: State, index: number, name: string): void {
  const value = state.value(name);
  const why = `read inside the body of ${state.source.nodes[index]?.op}`;
  if (value?.parameter) state.freeze(index, name, why);
  else pinLayout(state, value?.layout, { code: "body", text: why });
}

function set(state: State, name: string, outcome: Outcome | undefined): void {
  const { layout, data } = !outcome
    ? { layout: undefined, data: undefined }
    : "factors" in outcome
      ? { layout: outcome, data: undefined }
      : outcome;
  if (layout) for (const size of shapeOf(layout)) if (typeof size !== "number") state.sizes.add(size);
  state.values.set(name, {
    name,
    layout: layout ?? state.stated(name),
    parameter: false,
    constant: state.source.isConstant(name),
    data: data ?? (state.source.isConstant(name) ? state.source.integers(name) : undefined),
  });
}

function outcomesOf(state: State, index: number): readonly (Outcome | undefined)[] {
  const { source } = state;
  const node = source.nodes[index] as (typeof source.nodes)[number];
  const kit = createKit(state, index);
  const rule = source.rule(node);
  if (!rule) return kit.opaque(`no rule for operator "${node.op}"`);
  const patched = state.patches.length;
  try {
    const result = rule(node, kit);
    const outcomes: readonly (Outcome | undefined)[] = Array.isArray(result) ? result : [result as Outcome];
    checkOutcomes(state, index, result, outcomes);
    node.outputs.forEach((tensor, i) => {
      checkShape(node, tensor, outcomes[i]);
    });
    return outcomes;
  } catch (error) {
    if (isFinding(error)) throw error;
    // What it has tied so far stays tied, which costs freedom alone; how it changes when cut is not known.
    state.patches.length = patched;
    return kit.opaque(
      error === unfollowed
        ? `${node.op} can't be followed here: a shape it needs is known only at run time`
        : `${node.op} can't be followed here: its rule failed (${String(error)})`,
    );
  }
}

/** An output that a rule says nothing of would be taken for one that no cut changes. */
function checkOutcomes(
  { source }: State,
  index: number,
  result: unknown,
  outcomes: readonly (Outcome | undefined)[],
): void {
  const { name: node, op, outputs } = source.nodes[index] as (typeof source.nodes)[number];
  const refuse = (what: string): never => {
    throw new GraphError("bad-rule", { node, op, what });
  };
  if (result === undefined || result === null) refuse("returned nothing");
  if (outcomes.length > outputs.length)
    refuse(`returned ${outcomes.length} outputs in place of ${outputs.length}`);
  const odd = outcomes.find((outcome) => outcome !== undefined && !isOutcome(outcome));
  if (odd !== undefined)
    refuse(`returned ${typeof odd === "object" ? "an object" : String(odd)} that is no layout`);
  const left = outputs.slice(outcomes.length).filter((output) => output !== "" && isRead(source, output));
  if (left.length > 0)
    refuse(`returned ${outcomes.length} of ${outputs.length} outputs, and "${left[0]}" is read`);
}

const isOutcome = (value: unknown): boolean =>
  typeof value === "object" && value !== null && ("factors" in value || "layout" in value);

const reads = new WeakMap<GraphSource, ReadonlySet<string>>();

function isRead(source: GraphSource, tensor: string): boolean {
  const read =
    reads.get(source) ??
    new Set([
      ...source.outputs,
      ...source.nodes.flatMap(({ inputs, captures = [] }) => [...inputs, ...captures]),
    ]);
  reads.set(source, read);
  return read.has(tensor);
}

/** Errors of @prune packages say what is wrong with the model; anything else is a rule's own failure. */
const isFinding = (error: unknown): boolean => error instanceof Error && "code" in error && "detail" in error;

const isSize = (size: Dim): boolean => typeof size === "string" || (Number.isSafeInteger(size) && size >= 0);

function checkShape({ name, op }: GraphNode, tensor: string, outcome: Outcome | undefined): void {
  const layout = outcome && ("factors" in outcome ? outcome : outcome.layout);
  // An axis of a damaged model, which a rule took as it was.
  if (layout?.owner.some((dim) => !(dim >= 0 && dim < layout.rank)))
    throw new RangeError(`an axis lies outside of ${layout.rank} dims`);
  if (layout && !layout.factors.every(isSize))
    throw new GraphError("impossible-shape", { node: name, op, tensor, shape: shapeOf(layout) });
}

/** Outputs that are constants computed from stored tensors, which no run gives: these stay as they are. */
function keepBehind(state: State, outputs: readonly string[]): void {
  if (outputs.length === 0) return;
  const { nodes } = state.source;
  const producers = new Map(
    nodes.flatMap(({ outputs }, index) => outputs.map((name) => [name, index] as const)),
  );
  const seen = new Set<string>();
  for (const output of outputs) {
    const open = [output];
    for (let name = open.pop(); name !== undefined; name = open.pop()) {
      const index = producers.get(name);
      if (index === undefined || seen.has(name)) continue;
      seen.add(name);
      for (const input of nodes[index]?.inputs ?? []) {
        if (state.source.parameter(input))
          state.freeze(index, input, `the output "${output}" is computed from it`);
        else open.push(input);
      }
    }
  }
}

function pinOutput(state: State, name: string): void {
  const end = state.source.end?.(name);
  if (end === "free") return;
  const text = end?.why ?? `graph output "${name}"`;
  pinLayout(state, state.value(name)?.layout, { code: "output", text });
}
