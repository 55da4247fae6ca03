import type { Kit } from "@prune/graph";
import { type Dim, type Layout, type Outcome, symbol } from "@prune/graph/advanced";
import { says } from "@prune/graph/rules";
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
    const sides = [kit.own(1 + i), kit.own(1 + each + i)];
    const [a, b] = sides;
    if (name === "" || !a?.layout || !b?.layout || a.layout.rank !== b.layout.rank) {
      for (const k of [1 + i, 1 + each + i])
        if (kit.raw(k)?.layout)
          kit.pin(kit.layout(k), undefined, "branches give it in different forms", "branch");
      return undefined;
    }
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
    const layout = p.reduce<Layout>(
      (y, size, d) => (size === q[d] ? y : kit.resize(y, d, symbol(`size ${d} of ${name}`))),
      joined,
    );
    const [x, y] = [kit.raw(1 + i)?.data, kit.raw(1 + each + i)?.data];
    return { layout, data: x && y && String(x) === String(y) ? x : undefined };
  });
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

const runsBodies = says(
  "nothing: bodies stay as they are; shapes are followed",
  "what goes into a body, and what a body reads from around it",
);

/** Control flow: nothing that goes into the body of a loop is cut, nor what it reads from around it; branches are flat. */
export const control: OperatorTable = {
  If: { ...bare, rule: branch, support: runsBodies },
  Loop: { ...bare, rule: loop, support: runsBodies },
  Scan: { ...bare, rule: scan, support: runsBodies },
};
