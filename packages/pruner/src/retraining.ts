import type { Backend, Family, Probe, Trace } from "@prune/graph";
import { rootOf } from "@prune/graph/advanced";
import { amountIn, amountOf, resourceOf, type Target } from "./budget/amount.js";
import { planByBudget } from "./budget/budget.js";
import { checkOptions } from "./check-options.js";
import { PrunerError } from "./errors.js";
import { planByCounts } from "./plan-by-ratio.js";
import { countsOf } from "./pools.js";
import { account, cutOrRepair, type Pruned, type PruneOptions } from "./prune.js";
import { type Asked, askedRatios } from "./ratios.js";
import { sharesOf } from "./schedule.js";
import { scoreFamilies } from "./scores.js";
import { partOf } from "./steps.js";

/**
 * Options of a pruning in steps with training between them: those of `prune`, but for what belongs to one model
 * alone.
 */
export interface RetrainingOptions<Model>
  extends Omit<PruneOptions<Model>, "trace" | "probe" | "ragged" | "allocation"> {
  /** What the criterion sees of each step's model, such as its gradients. @default the weights */
  readonly probe?: (model: Model, trace: Trace) => Probe | Promise<Probe>;
}

/** A smaller model, to be trained before the next step. Plan, recipe and report are of this step, on the last one's model. */
export interface RetrainingStep<Model> extends Pruned<Model> {
  readonly index: number;
  /** How much of the pruning is done. */
  readonly share: number;
  /** Hands in the trained model where it isn't `model` itself, trained in place. */
  resume(trained: Model): void;
}

/**
 * Prunes in steps with training in between: every step traces, scores and cuts the model as it is by then. Ratios and
 * targets are shares of the first model, and the last step ends at the counts of a single one.
 */
export async function* pruneInSteps<Model>(
  model: NoInfer<Model>,
  options: RetrainingOptions<Model>,
): AsyncGenerator<RetrainingStep<Model>, void> {
  checkOptions(options);
  refuseOthers(options);
  const { backend, importance, verify } = options;
  const { probe = (of: Model, from: Trace) => backend.probe(of, from) } = options;
  let current: Model = model;
  let trace = backend.trace(model);
  const amounts = amountsOf(model, trace, options);
  const sizes = new Map(keyed(trace).map(([key, { units }]) => [key, units.length]));
  let done = 0;
  let index = 0;
  for (const share of sharesOf(options)) {
    const { ratio = 0.5 } = options;
    const how = partOf({ ...options, ratio: ratio * share }, share);
    const asked = askedRatios(trace, how);
    const wanted = (f: number): boolean => (asked[f]?.ratio ?? 0) > 0;
    const scores = await scoreFamilies(importance, await probe(current, trace), wanted);
    const gone = goneFrom(trace, sizes, asked, done / share);
    const made = cutOrRepair(
      current,
      backend,
      trace,
      amounts
        ? await planByBudget(current, trace, scores, { ...options, target: amounts(share) })
        : planByCounts(trace, scores, asked, countsOf(trace, scores, asked, how, gone), how),
      scores,
    );
    const law = await verify?.(current, made.model, { trace, cut: made.chosen.cut });
    const told = await account(current, trace, made.chosen, { backend, importance }, law);
    let next = made.model;
    yield {
      index: index++,
      share,
      model: made.model,
      ...told,
      resume(trained) {
        next = trained;
      },
    };
    const want = backend.trace(made.model);
    trace = backend.trace(next);
    if (next !== made.model) checkShapes(trace, want);
    current = next;
    done = share;
  }
}

function refuseOthers<Model>(options: RetrainingOptions<Model> & { ragged?: boolean; allocation?: unknown }) {
  for (const option of ["ragged", "allocation"] as const)
    if (options[option])
      throw new PrunerError("contradiction", {
        options: [option, "pruneInSteps"],
        why: "it is read off the first model, and every step prunes another",
      });
  const { resource } = options.target ? resourceOf(options.target) : { resource: undefined };
  if (resource === "gzip" || resource === "latency")
    throw new PrunerError("contradiction", {
      options: [`target.${resource}`, "pruneInSteps"],
      why: "it is measured on the first model, and every step prunes another",
    });
}

/** What may be left after a share of the pruning, where a target was set. */
function amountsOf<Model>(
  model: Model,
  trace: Trace,
  { backend, target }: { readonly backend: Backend<Model>; readonly target?: Target },
): ((share: number) => Target) | undefined {
  if (!target) return undefined;
  const { resource, amount } = resourceOf(target);
  const original = amountIn(backend.cost(model, trace), resource as "macs");
  const last = Math.min(original, amountOf(resource, amount, original));
  return (share) => ({ [resource]: original - (original - last) * share }) as unknown as Target;
}

/** Families by what they are known by in every step's model. */
function keyed(trace: Trace): [string, Family][] {
  const seen = new Map<string, number>();
  return trace.families.map((family) => {
    const { tensor, dims } = rootOf(trace, family);
    const axis = `${tensor}:${dims} ${family.kind}`;
    const n = seen.get(axis) ?? 0;
    seen.set(axis, n + 1);
    return [`${axis} ${n}`, family];
  });
}

/** Units that have left each family; of one that was not there at first, the share of the steps before. */
function goneFrom(
  trace: Trace,
  sizes: ReadonlyMap<string, number>,
  asked: readonly Asked[],
  done: number,
): number[] {
  return keyed(trace).map(([key, { units }], f) => {
    const before = done * (asked[f] as Asked).ratio;
    const first = sizes.get(key) ?? Math.round(units.length / (1 - before));
    return Math.max(0, first - units.length);
  });
}

function checkShapes(trace: Trace, want: Trace): void {
  const shapes = new Map(trace.parameters.map(({ tensor, shape }) => [tensor, shape.join("x")]));
  for (const { tensor, shape } of want.parameters)
    if (shapes.get(tensor) !== shape.join("x"))
      throw new PrunerError("retrained", {
        tensor,
        shape: shapes.get(tensor) ?? "missing",
        want: shape.join("x"),
      });
}
