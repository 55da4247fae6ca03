import { GraphError } from "../errors.js";
import { concat } from "../layout/concat.js";
import { type Block, fixed, type Layout, shapeOf } from "../layout/layout.js";
import { meet as meetLayouts } from "../layout/meet.js";
import { drop, grow, permute, redim, resize, take } from "../layout/move.js";
import { flattenDim, refineDim, restrict } from "../layout/regroup.js";
import { reshape } from "../layout/reshape.js";
import { type Dim, product } from "../names/dim.js";
import { freshIds, noteName, pinName, reason } from "../names/names.js";
import type { Kit, Labelled } from "./kit.js";
import type { State } from "./state.js";
import type { Value } from "./value.js";

const layoutOf = (value: Value | Layout): Layout => ("factors" in value ? value : (value.layout as Layout));

export function createKit(state: State, index: number): Kit {
  const { names, source } = state;
  const node = source.nodes[index] as (typeof source.nodes)[number];
  const why = (text: string, code = "rule"): number => reason(names, { code, text, node: node.name });
  let tie = 0;
  const tied = (): number => (tie ||= why(`${node.op} ties it to ${fixedSide(state, index)}`, "tied"));
  const impossible = (layouts: readonly Layout[]): never => {
    for (const layout of layouts)
      kit.pin(
        layout,
        undefined,
        `${node.op} can't be followed where a size is known only at run time`,
        "dynamic",
      );
    throw unfollowed;
  };
  const must = (layout: Layout | undefined, ...from: Layout[]): Layout => layout ?? impossible(from);

  const kit: Kit = {
    raw: (i) => state.value(node.inputs[i]),
    own: (i) => state.private(index, i),
    layout(i) {
      const value = state.owned(index, i);
      if (!value?.layout) throw unfollowed;
      return value.layout;
    },
    some: (i, dims) => state.some(index, i, dims),
    shape: (of) => shapeOf(typeof of === "number" ? kit.layout(of) : layoutOf(of)),
    data(i) {
      const value = state.value(node.inputs[i]);
      const data = value?.data;
      if (data && value.layout && !value.parameter)
        kit.pin(value.layout, undefined, "holds sizes or indices", "data");
      return data;
    },
    isSize: (d) => (typeof d === "number" ? d >= 0 : !d.includes("-") || state.sizes.has(d)),
    positions: (i) => {
      const value = state.value(node.inputs[i]);
      if (value?.constant) return source.integers(value.name, true);
      return value?.data?.every((d) => typeof d === "number") ? (value.data as readonly number[]) : undefined;
    },
    reals: (i) => (node.inputs[i] ? source.reals(node.inputs[i]) : undefined),
    meet(operands, out) {
      const labels = new Map<string, number>();
      const number = (label: string): number => {
        if (label === "") return labels.set(`"${labels.size}`, labels.size).size - 1;
        if (!labels.has(label)) labels.set(label, labels.size);
        return labels.get(label) as number;
      };
      const ready = state
        .lend(index, operands)
        .map(([value, text]) => ({ layout: value, labels: text.map(number) }));
      const target = out.map(number);
      state.roles(ready, target);
      noteEqual(ready, target);
      let all = ready[0] as (typeof ready)[0];
      ready.slice(1).forEach((next, i) => {
        const last = i === ready.length - 2;
        const keep = last ? target : [...new Set([...all.labels, ...next.labels])];
        all = {
          layout: must(meetLayouts(names, all, next, keep, tied()), all.layout, next.layout),
          labels: keep,
        };
      });
      return ready.length > 1
        ? all.layout
        : must(meetLayouts(names, all, { layout: fixed([]), labels: [] }, target, tied()), all.layout);
    },
    broadcast(inputs) {
      const given = inputs ?? node.inputs.map((_, i) => i).filter((i) => node.inputs[i] !== "");
      const values = given.map((i) => state.private(index, i));
      const rankOf = (value: Value | undefined): number => {
        if (!value?.layout) throw unfollowed;
        return value.layout.rank;
      };
      const rank = Math.max(...values.map(rankOf));
      const labels = Array.from({ length: rank }, (_, i) => `d${i}`);
      const operands = values.map((value): Labelled => [value as Value, labels.slice(rank - rankOf(value))]);
      return kit.meet(operands, labels);
    },
    permute(layout, order) {
      const { rank } = layout;
      const dims = new Set(order.filter((d) => Number.isInteger(d) && d >= 0 && d < rank));
      if (order.length !== rank || dims.size !== rank)
        throw new GraphError("bad-permutation", { node: node.name, op: node.op, order, rank });
      return permute(layout, order);
    },
    redim,
    reshape(layout, shape) {
      const [have, want] = [product(shapeOf(layout)), product(shape)];
      if (have !== want) state.equal.push([have, want]);
      return seen(must(reshape(names, layout, shape, tied()), layout));
    },
    take(layout, dim, at) {
      const single = why("a single position is picked from the axis", "only-channel");
      return seen(must(take(names, layout, dim, at, single), layout));
    },
    concat: (layouts, dim) => seen(must(concat(names, layouts, dim, tied()), ...layouts)),
    grow: (layout, dim, n) => grow(names, layout, dim, n),
    drop: (layout, dims) => drop(names, layout, dims, tied()),
    resize: (layout, dim, size) => resize(names, layout, dim, size, tied()),
    fixed,
    fresh(shape, dims) {
      const layout = fixed(shape);
      const at = layout.factors
        .map((_, i) => i)
        .filter((i) => dims.includes(layout.owner[i] as number) && isCountable(layout.factors[i] as Dim));
      return {
        ...layout,
        blocks: at.map((i) => ({ at: [i], ids: freshIds(names, layout.factors[i] as number) })),
      };
    },
    pin(layout, dims, text, code) {
      let id = 0;
      for (const block of layout.blocks) {
        const at = dims ? block.at.filter((i) => dims.includes(layout.owner[i] as number)) : block.at;
        if (at.length === 0) continue;
        id ||= why(text, code);
        for (const cell of restrict(names, layout, block, at, id).ids) pinName(names, cell, id);
        alone(layout, block, at);
      }
    },
    note(layout, dims, bits) {
      for (const block of layout.blocks) {
        const at = block.at.filter((i) => dims.includes(layout.owner[i] as number));
        if (at.length === 0) continue;
        for (const id of block.ids) noteName(names, id, bits);
        alone(layout, block, at);
      }
    },
    opaque(text = notFollowed(state, index)) {
      node.inputs.forEach((_, i) => {
        const value = state.value(node.inputs[i]);
        if (value?.parameter) state.freeze(index, value.name, text);
        else if (value?.layout) kit.pin(value.layout, undefined, text, "no-rule");
      });
      return node.outputs.map((name) => ({ layout: state.stated(name) }));
    },
    grid(layout, dim, rows) {
      const size = shapeOf(layout)[dim];
      if (typeof size !== "number" || size % rows !== 0) return undefined;
      const sizes = rows === 1 || rows === size ? undefined : [rows, size / rows];
      const flat = sizes ? (refineDim(layout, dim, sizes) ?? flattenDim(names, layout, dim, tied())) : layout;
      if (!flat) return undefined;
      const one = reshape(names, isolate(flat, dim), sizes ?? (rows === 1 ? [1, size] : [size, 1]), tied());
      if (!one) return undefined;
      seen(one);
      return { cells: one, rows: drop(names, one, [1], tied()) };
    },
    select(i, view, dims, layout, role, own = false) {
      const value = own ? state.private(index, i) : state.value(node.inputs[i]);
      state.select(value as Value, { view, dims, layout, role, node: node.name });
    },
    produce(layout) {
      for (const block of layout.blocks) state.role(block.ids, "out");
      return layout;
    },
    patch: (change) => state.patches.push({ node: index, change }),
  };
  return kit;

  /** Dims that are summed over together are equal at run time, also where only one of them is known. */
  function noteEqual(
    operands: readonly { readonly layout: Layout; readonly labels: readonly number[] }[],
    out: readonly number[],
  ): void {
    if (operands.every(({ layout }) => layout.factors.every((size) => typeof size === "number"))) return;
    const met = new Map<number, Dim>();
    for (const { layout, labels } of operands) {
      const shape = shapeOf(layout);
      labels.forEach((label, d) => {
        if (out.includes(label)) return;
        const size = shape[d] as Dim;
        const other = met.get(label) ?? size;
        if (other !== size && other !== 1 && size !== 1) state.equal.push([other, size]);
        met.set(label, size);
      });
    }
  }

  /** Layouts that rules make on the way are as binding as those of tensors. */
  function seen(layout: Layout): Layout {
    state.grids.add(layout, node.outputs[0] ?? node.name);
    return layout;
  }

  /** What runs along some dims of a grid needs the same positions beside each of theirs. */
  function alone(layout: Layout, block: Block, at: readonly number[]): void {
    const beside = block.at.filter((i) => !at.includes(i));
    if (beside.length > 0) restrict(names, layout, block, beside, tied());
  }

  /** The dim alone, as a layout of rank 1. */
  function isolate(layout: Layout, dim: number): Layout {
    const others = Array.from({ length: layout.rank }, (_, d) => d).filter((d) => d !== dim);
    return redim(drop(names, layout, others, tied()), [dim]);
  }
}

/** What a node holds positions by: an input of the model, where that is one of its own inputs. */
function fixedSide({ source, inputs: ofModel }: State, index: number): string {
  const { inputs } = source.nodes[index] as State["source"]["nodes"][number];
  const given = inputs.find((name) => ofModel.has(name) && !source.isConstant(name));
  return given === undefined ? "positions that must stay" : `the input "${given}", which keeps its shape`;
}

/** Positions get names where there are some, and a known number of them. */
const isCountable = (size: Dim): boolean => typeof size === "number" && size > 1;

/** Why a node that there is a rule for can't be followed. */
function notFollowed(state: State, index: number): string {
  const { op, inputs } = state.source.nodes[index] as State["source"]["nodes"][number];
  const unknown = inputs.find((name) => name !== "" && !state.value(name)?.layout);
  return unknown === undefined
    ? `${op} can't be followed here`
    : `${op} can't be followed here: the shape of "${unknown}" is not known`;
}

/** Thrown inside a rule that can't go on: what it touched is frozen and the reason noted. */
export const unfollowed: unique symbol = Symbol("unfollowed");
