import type { GraphSource } from "@prune/graph";
import { followGraph, type Outcome } from "@prune/graph/advanced";
import type { Graph } from "../model.js";
import type { OnnxNode, Rules } from "../operators/node.js";
import { subgraphs } from "../order.js";
import { onnxSource } from "../trace/source.js";
import { shapeFault } from "../validate/check-shapes.js";
import type { FlatGraph, Region } from "./flat-graph.js";
import { lenient } from "./lenient.js";
import { sequenceRules } from "./sequences.js";

/** The branch that an If takes in every run, by number: 1 then, 0 else. */
export type Decisions = ReadonlyMap<number, 0 | 1>;

interface Outlook {
  readonly decisions: Decisions;
  /** A node that every run reaches can't run. */
  readonly fails: boolean;
}

/**
 * The Ifs whose branch is the same in every run: the condition follows from stored values and from sizes that no input
 * changes, or the other branch ends in an operator that can't run on what it gets (a tensor of another rank, say), so
 * that no run that gives outputs takes it. Shapes that the model states inside are not relied on.
 */
export function decide(flat: FlatGraph, rules: Rules): Decisions {
  const assumed = new Map<number, 0 | 1>();
  let outlook = look(flat, rules, assumed);
  for (let branch = 0; branch < flat.branches.length; branch++) {
    const isOpen =
      !outlook.decisions.has(branch) && reached(flat.branches[branch]?.parent, outlook.decisions);
    if (!isOpen || outlook.fails || !mayFail(flat.branches[branch]?.bodies)) continue;
    const [no, yes] = ([0, 1] as const).map((taken) =>
      look(flat, rules, new Map([...assumed, [branch, taken]])),
    );
    if (!no || !yes || no.fails === yes.fails) continue;
    assumed.set(branch, no.fails ? 1 : 0);
    outlook = no.fails ? yes : no;
  }
  return outlook.decisions;
}

/** Ranks and sizes change in a branch: what comes after might fail. */
function mayFail(bodies: readonly Graph[] = []): boolean {
  return bodies.some(({ nodes }) =>
    nodes.some((node) => /^(Uns|S)queeze$|^Reshape$|^Flatten$/.test(node.op) || mayFail(subgraphs(node))),
  );
}

/** Whether every run comes through a region. */
export function reached(region: Region | undefined, decisions: Decisions): boolean {
  for (let around = region; around; around = around.parent)
    if (decisions.get(around.branch) !== around.taken) return false;
  return true;
}

/** Traces the flat graph, going into branches whose condition is known or assumed. */
function look(flat: FlatGraph, rules: Rules, assumed: Decisions): Outlook {
  const { model, nodes, initializers, begins, ends, branches, regions } = flat;
  const decisions = new Map<number, 0 | 1>();
  let fails = false;
  const source = onnxSource(
    { ...model, graph: { ...model.graph, nodes, initializers } },
    { ...rules, ...sequenceRules(new Map()) },
  );
  const rule: GraphSource<OnnxNode>["rule"] = (node) => {
    if (!reached(regions[node.index], decisions)) return () => node.outputs.map(() => undefined);
    const begun = begins.get(node.index);
    if (begun !== undefined)
      return (_, kit) => {
        const known = assumed.get(begun) ?? kit.data(0)?.[0];
        if (typeof known === "number") decisions.set(begun, known === 0 ? 0 : 1);
        return [];
      };
    const ended = ends.get(node.index);
    const taken = ended === undefined ? undefined : decisions.get(ended);
    if (ended !== undefined)
      return (_, kit) =>
        node.outputs.map((__, i): Outcome | undefined => {
          if (taken === undefined) return undefined;
          const first = 1 + (taken === 1 ? (branches[ended]?.results[0]?.length ?? 0) : 0);
          const value = kit.raw(first + i);
          return value && { layout: value.layout, data: value.data };
        });
    const standard = source.rule(node);
    return (_, kit) => {
      fails ||= shapeFault(node, kit) !== undefined;
      if (fails) return node.outputs.map(() => undefined);
      return standard ? lenient(standard)(node, kit) : kit.opaque(`no rule for operator "${node.op}"`);
    };
  };
  const computed: typeof source.computed = (node) =>
    begins.has(node.index) || ends.has(node.index) ? undefined : source.computed(node);
  followGraph({ ...source, rule, computed, stated: () => undefined });
  return { decisions, fails };
}
