import { type Cut, emptyPlan, type Plan, type Removal, type Trace } from "@prune/graph";
import type { Dim } from "@prune/graph/advanced";
import type { GraphEdit, Model } from "@prune/onnx";
import { plan, type Recipe, recipeOf } from "@prune/pruner";
import { account, checkHeads, makeOrRepair } from "@prune/pruner/advanced";
import { cancellable } from "../cancellable.js";
import { WorkflowError } from "../errors.js";
import type { Opened } from "../format.js";
import type { AskedPrune } from "../options/asked.js";
import type { Job } from "../progress.js";
import { newConfig } from "./configs.js";
import type { GraphFile } from "./layout.js";
import { sharedPlan } from "./shared-plan.js";
import { sharedWeights } from "./shared-weights.js";
import { sizesOf } from "./sizes.js";

export type OpenedGraph = Opened<Model, GraphEdit>;

/** A graph of the folder, and what is cut out of it. */
export interface Cutting {
  readonly file: GraphFile;
  readonly opened: OpenedGraph;
  readonly cut: Cut;
  readonly edit: GraphEdit;
  readonly recipe: Recipe;
}

/** So often a plan is made again without what other graphs can't lose. */
const mostRounds = 16;

export interface Planned {
  readonly cuttings: readonly Cutting[];
  readonly configs: readonly (ReturnType<typeof newConfig> & { readonly path: string })[];
  /** Graphs that are not in the new folder, and why. */
  readonly left: readonly {
    readonly path: string;
    readonly files: readonly string[];
    readonly why: string;
  }[];
}

export type ConfigFile = { readonly path: string; readonly json: Record<string, unknown> };

/** One plan for all graphs: what several hold leaves them all, or stays in all. */
export async function planAll(
  all: readonly (readonly [GraphFile, OpenedGraph])[],
  configs: readonly ConfigFile[],
  asked: AskedPrune,
  job: Job,
): Promise<Planned> {
  const [first, ...others] = all as readonly [readonly [GraphFile, OpenedGraph], ...(typeof all)[number][]];
  const left = others.filter(([file, opened]) => isPacked(opened) && first[0].role === file.role);
  const following = others.filter((each) => !left.includes(each));
  const kept = new Set<string>();
  for (let round = 0; round < mostRounds; round++) {
    const before = kept.size;
    const lead = await cutOf(first, asked, [...kept], job);
    const removals = removalsOf(lead);
    const cuttings = [lead];
    for (const [file, opened] of following) {
      const { backend, model, trace } = opened;
      const pairs = sharedWeights(
        { trace, probe: backend.probe(model, trace) },
        { trace: lead.opened.trace, probe: lead.opened.backend.probe(lead.opened.model, lead.opened.trace) },
      );
      const shared = sharedPlan(trace, pairs, removals);
      for (const name of shared.misfits) kept.add(name);
      if (kept.size === before) cuttings.push(await followed([file, opened], shared.plan, pairs, asked, job));
    }
    const { model, trace, gone } = lead.opened;
    const sizes = { ...sizesOf(model, trace, lead.cut), layers: gone?.caches?.layers };
    const made = configs.map(({ path, json }) => ({ path, ...newConfig(json, sizes) }));
    const fault = made.find((config) => config.fault !== undefined);
    if (fault && kept.size === before) {
      const table = tableOf(lead.opened.trace);
      if (
        !sizes.hidden ||
        sizes.hidden.before === sizes.hidden.after ||
        table === undefined ||
        kept.has(table)
      )
        throw new WorkflowError("config-can't-say", { path: fault.path, why: fault.fault as string });
      kept.add(table);
    }
    if (kept.size > before) continue;
    checkInterfaces(cuttings);
    return {
      cuttings,
      configs: made,
      left: left.map(([file, opened]) => ({
        path: file.path,
        files: opened.files.map(({ path }) => path),
        why: "its weights are packed by blocks and can't lose what the others lose; quantise the smaller model again",
      })),
    };
  }
  throw new WorkflowError("nothing-removed", {
    why: "the graphs of the folder don't agree on what may leave",
  });
}

/** Weights in 4 bits lie in blocks. */
const isPacked = ({ model }: OpenedGraph): boolean =>
  model.graph.nodes.some(({ op }) => op === "MatMulNBits" || op === "GatherBlockQuantized");

const removalsOf = ({ opened, cut }: Cutting): ReadonlyMap<string, Removal> =>
  new Map(
    opened.backend.removals(opened.model, opened.trace, cut).map((removal) => [removal.tensor, removal]),
  );

/** The table that tokens are looked up in. */
const tableOf = ({ source }: Trace): string | undefined =>
  source.nodes.find(({ op, inputs }) => op === "Gather" && /input_ids$/.test(inputs[1] ?? ""))?.inputs[0];

/** What options choose of a graph, but for what others can't lose. */
async function cutOf(
  [file, opened]: readonly [GraphFile, OpenedGraph],
  { choice, importance: by }: AskedPrune,
  kept: readonly string[],
  job: Job,
): Promise<Cutting> {
  const { model, backend, trace } = opened;
  checkHeads(trace, choice);
  await job.begin("score");
  const importance = cancellable(by, job);
  const options = { ...choice, importance, backend, trace, ignore: [...(choice.ignore ?? []), ...kept] };
  const { chosen: wanted, scores } = await plan(model, options);
  await job.begin("cut");
  const { made: edit, chosen } = makeOrRepair(trace, wanted, scores, (cut) => opened.edit(trace, cut));
  const { report, recipe } = await account(model, trace, chosen, options);
  if (report.nothing !== undefined && !opened.gone)
    throw new WorkflowError("nothing-removed", { why: `${file.path}: ${report.nothing}` });
  return { file, opened, cut: chosen.cut, edit, recipe };
}

/** A graph with what the first one lost, and what options choose of what it alone has. */
async function followed(
  [file, opened]: readonly [GraphFile, OpenedGraph],
  shared: Plan,
  pairs: ReadonlyMap<string, string>,
  { choice, importance: by }: AskedPrune,
  job: Job,
): Promise<Cutting> {
  const { model, backend, trace } = opened;
  await job.begin("cut");
  const own = await ownPlan();
  const both = { units: own.units, atoms: [...new Set([...own.atoms, ...shared.atoms])] };
  const isSound = trace.cut(both).findings.length === 0 && sameOf(both);
  const cut = trace.cut(isSound ? both : shared);
  const recipe = await recipeOf(model, trace, cut, { ...choice, importance: by, backend });
  return { file, opened, cut, edit: opened.edit(trace, cut), recipe };

  /** Units that lie in no shared tensor. */
  async function ownPlan(): Promise<Plan> {
    const { target: _, heads = 0, queryHeads = 0, ...rest } = choice;
    const lone = new Set<number>();
    trace.families.forEach(({ units, members }) => {
      if (members.some((m) => pairs.has(trace.members[m]?.parameter.tensor ?? ""))) return;
      for (const unit of units) lone.add(unit);
    });
    if (lone.size === 0) return emptyPlan;
    const counted = { ...rest, ...(heads > 0 && { heads }), ...(queryHeads > 0 && { queryHeads }) };
    const importance = cancellable(by, job);
    const options = { ratio: 0.5, ...counted, importance, backend, trace };
    const { chosen } = await plan(model, options).catch(() => ({ chosen: { plan: emptyPlan } }));
    const mine = new Set(lone);
    return { units: chosen.plan.units.filter((unit) => mine.has(unit)), atoms: [] };
  }

  /** Whether shared tensors lose no more by the graph's own plan. */
  function sameOf(whole: Plan): boolean {
    const [alone, together] = [trace.cut(shared), trace.cut(whole)];
    return trace.parameters.every(
      (parameter) =>
        !pairs.has(parameter.tensor) ||
        String(alone.shapeLeft(parameter)) === String(together.shapeLeft(parameter)),
    );
  }
}

/** What one graph hands to another by name is of one shape, as far as sizes are known. */
function checkInterfaces(cuttings: readonly Cutting[]): void {
  const known = new Map<string, { readonly shape: readonly Dim[]; readonly path: string }>();
  for (const { file, opened, cut } of cuttings)
    for (const name of [
      ...opened.trace.source.inputs.map((input) => input.name),
      ...opened.trace.source.outputs,
    ]) {
      const layout = opened.trace.tensor(name)?.layout;
      if (!layout || !/^(past|present)/.test(name)) continue;
      const key = name.replace(/^(past_key_values|past|present)/, "");
      const shape = cut.shape(layout);
      const other = known.get(key);
      if (other && differ(shape, other.shape))
        throw new WorkflowError("other-interface", {
          tensor: name,
          what: `it would be [${shape}] in ${file.path} and [${other.shape}] in ${other.path}`,
        });
      if (!other) known.set(key, { shape, path: file.path });
    }
}

const differ = (a: readonly Dim[], b: readonly Dim[]): boolean =>
  a.length !== b.length ||
  a.some((size, i) => typeof size === "number" && typeof b[i] === "number" && size !== b[i]);
