import type { Kit } from "@prune/graph";
import { type Dim, type Layout, type Outcome, symbol } from "@prune/graph/advanced";
import { range, says, squeeze, unsqueeze, wrap } from "@prune/graph/rules";
import { type LoopPart, loopPart } from "../inline/flat-graph.js";
import type { Graph, ValueInfo } from "../model.js";
import { int, ints, type OnnxNode, type OnnxRule } from "./node.js";
import { bare, type OperatorTable } from "./record.js";

const body = (node: OnnxNode, name: string): Graph | undefined => {
  const attribute = node.attributes.get(name);
  return attribute?.kind === "graph" ? attribute.value : undefined;
};

/** Shape that a body states of an output; sizes that it doesn't know are new symbols, as its names are its own. */
function statedBy(info: ValueInfo | undefined, scope: string, lead: readonly Dim[] = []): Dim[] | undefined {
  if (!info?.shape) return undefined;
  return [...lead, ...info.shape.map((d, i): Dim => (typeof d === "number" ? d : symbol(`${scope}:${i}`)))];
}

function whole(
  kit: Kit,
  text: string,
  shapes: readonly (readonly Dim[] | undefined)[],
): { layout: Layout | undefined }[] {
  const stated = kit.opaque(text);
  return stated.map(({ layout }, i) => {
    const shape = shapes[i];
    return { layout: layout ?? (shape && kit.fixed(shape)) };
  });
}

const branch: OnnxRule = (node, kit) => {
  if (!body(node, "then_branch")) return flatBranch(node, kit);
  const [yes, no] = [body(node, "then_branch"), body(node, "else_branch")];
  const taken = kit.data(0)?.[0];
  const shapes = node.outputs.map((name, i) => {
    const a = statedBy(yes?.outputs[i], name);
    const b = statedBy(no?.outputs[i], name);
    if (typeof taken === "number") return taken ? a : b;
    if (!a || !b || a.length !== b.length) return undefined;
    return a.map((d, k) => (d === b[k] ? d : symbol(`${name}:${k}`)));
  });
  return whole(kit, "a branch is chosen at run time", shapes);
};

/**
 * An If of a flat graph: its condition where it begins; where it ends, what its branches give, side by side, as what
 * comes behind reads either.
 */
const flatBranch: OnnxRule = (node, kit) => {
  const each = (node.inputs.length - 1) / 2;
  return node.outputs.map((name, i): Outcome | undefined => {
    const [p, q] = [1 + i, 1 + each + i];
    const layout = name === "" ? undefined : eitherOf(kit, [p, q], name);
    if (!layout) keepApart(kit, [p, q], "branches give it in different forms", "branch");
    const [x, y] = [kit.raw(p)?.data, kit.raw(q)?.data];
    return layout && { layout, data: x && y && String(x) === String(y) ? x : undefined };
  });
};

/** Two inputs of which either may be there; undefined where they differ in rank, or one is unknown. */
function eitherOf(kit: Kit, [i, j]: readonly [number, number], name: string): Layout | undefined {
  const [a, b] = [kit.own(i), kit.own(j)];
  if (!a?.layout || !b?.layout || a.layout.rank !== b.layout.rank) return undefined;
  const [p, q] = [kit.shape(a), kit.shape(b)];
  const labels = p.map((size, d) => (size === q[d] ? `d${d}` : ""));
  const lone = p.map((size, d) => (size === q[d] ? `d${d}` : `a${d}`));
  const joined = kit.meet(
    [
      [a, lone],
      [b, labels],
    ],
    lone,
  );
  return p.reduce<Layout>(
    (y, size, d) => (size === q[d] ? y : kit.resize(y, d, symbol(`size ${d} of ${name}`))),
    joined,
  );
}

function keepApart(kit: Kit, inputs: readonly number[], why: string, code: string): void {
  for (const i of inputs) if (kit.raw(i)?.layout) kit.pin(kit.layout(i), undefined, why, code);
}

const turns = "every turn of a loop reads it anew";
const changing = "its size changes from turn to turn";

/** What a loop hands its body: the turn's number and whether it goes on, what is carried, and one slice of what is scanned. */
const loopBegins =
  ({ carried, counts }: LoopPart): OnnxRule =>
  (node, kit) => {
    keepApart(kit, range(counts), turns, "loop");
    const axes = ints(node, "scan_input_axes");
    return node.outputs.map((name, i): Outcome | undefined => {
      if (i < counts) return kit.fixed([]);
      if (!kit.raw(i)?.layout) return undefined;
      const x = kit.layout(i);
      if (i >= counts + carried) {
        const axis = wrap(axes?.[i - carried] ?? 0, x.rank);
        kit.pin(x, [axis], "a loop takes it position by position", "loop");
        // One position of it, whichever: the names along the axis are no part of what a turn gets.
        return squeeze(kit, kit.resize(x, axis, 1), [axis]);
      }
      const varying = node.varying?.get(name) ?? [];
      if (varying === "all") {
        kit.pin(x, undefined, changing, "loop");
        return undefined;
      }
      kit.pin(x, [...varying], changing, "loop");
      return [...varying].reduce((y, d) => kit.resize(y, d, symbol(`size ${d} of ${name}`)), x);
    });
  };

/** What a loop gives: what is carried is at once what the body gets and what it gives, and the rest is gathered over turns. */
const loopEnds =
  ({ carried, counts, parameters, given, scanned }: LoopPart): OnnxRule =>
  (node, kit) => {
    for (let i = parameters; i < (scanned ?? node.inputs.length); i++)
      if (kit.raw(i)?.parameter && kit.raw(i)?.layout)
        kit.pin(kit.layout(i), undefined, "a loop's body gives a stored tensor", "loop");
    const axes = ints(node, "scan_output_axes");
    const along = scanned === undefined ? undefined : kit.raw(scanned);
    const length =
      along?.layout && kit.shape(along)[wrap(ints(node, "scan_input_axes")?.[0] ?? 0, along.layout.rank)];
    const made = range(carried).map((i) => {
      const layout = eitherOf(kit, [counts + i, given + i], node.inputs[counts + i] as string);
      if (!layout) keepApart(kit, [counts + i, given + i], changing, "loop");
      return layout;
    });
    return node.outputs.map((_, i): Outcome | undefined => {
      if (i < carried) return made[i];
      const layout = kit.raw(given + i)?.layout && kit.layout(given + i);
      if (!layout) return undefined;
      const axis = wrap(axes?.[i - carried] ?? 0, layout.rank + 1);
      return kit.resize(unsqueeze(kit, layout, [axis]), axis, length ?? symbol(`turns of ${node.name}`));
    });
  };

/** The rule of a loop in a flat graph, where it is two nodes; else of one whose body stays where it is. */
const inParts =
  (whole: OnnxRule): OnnxRule =>
  (node, kit) => {
    const part = loopPart(node);
    return part ? (part.part === "begins" ? loopBegins : loopEnds)(part)(node, kit) : whole(node, kit);
  };

/** Values that a loop carries, then values gathered from its turns. */
const loop: OnnxRule = (node, kit) => {
  const inside = body(node, "body");
  const carried = node.inputs.length - 2;
  const shapes = node.outputs.map((name, i) =>
    statedBy(inside?.outputs[i + 1], name, i < carried ? [] : [symbol(`turns of ${node.outputs[0]}`)]),
  );
  return whole(kit, "a loop runs at run time", shapes);
};

const scan: OnnxRule = (node, kit) => {
  const inside = body(node, "body");
  const scanned = int(node, "num_scan_inputs", 0);
  const states = node.inputs.length - scanned;
  const turned =
    ints(node, "scan_input_axes")?.some((d) => d !== 0) ||
    ints(node, "scan_output_axes")?.some((d) => d !== 0);
  if (node.opset < 9 || turned) return whole(kit, "a scan runs at run time", []);
  const shapes = node.outputs.map((name, i) =>
    i < states ? shapeOf(kit, i) : statedBy(inside?.outputs[i], name, shapeOf(kit, states)?.slice(0, 1)),
  );
  return whole(kit, "a scan runs at run time", shapes);
};

function shapeOf(kit: Kit, i: number): readonly Dim[] | undefined {
  const value = kit.raw(i);
  return value?.layout && kit.shape(value);
}

const joinsBranches = says(
  "what both branches give, side by side; branches are followed and cut as what surrounds them is",
  "what branches give in different forms, and branches with sparse weights",
);

const repeats =
  "what turns hand on, as the body gets it and as it gives it; bodies are followed and cut as what surrounds them is";

/** Control flow: bodies lie beside what surrounds them, unless they can't move; nothing that goes into such a one is cut. */
export const control: OperatorTable = {
  If: { ...bare, rule: branch, support: joinsBranches },
  Loop: {
    ...bare,
    rule: inParts(loop),
    support: says(repeats, "what changes its size from turn to turn; bodies with sparse weights"),
  },
  Scan: {
    ...bare,
    rule: inParts(scan),
    support: says(repeats, "the scanned axis; what changes its size; bodies with sparse weights; opset 8"),
  },
};
