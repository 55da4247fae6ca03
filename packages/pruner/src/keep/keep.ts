import type { Cost, Cut } from "@prune/graph";
import type { Target } from "../budget/amount.js";
import type { Budget } from "../budget/outcome.js";
import type { Resource } from "../budget/resource.js";
import { PrunerError } from "../errors.js";
import { account, cutOrRepair, type Planned, type Pruned, type PruneOptions, plan } from "../prune.js";
import { smallestThatHolds } from "./bisect.js";
import { smallestConfirmed } from "./confirm.js";
import type { Confirmation, KeepCurve, Point } from "./curve.js";
import { barOf, type Hold, heldBy, holds } from "./hold.js";
import type { JudgedModel } from "./judged-model.js";

/** A model before recovery. */
export interface Cutting<Model> {
  readonly original: Model;
  readonly smaller: Model;
  readonly cut: Cut;
}

/** What the smallest model has to hold, how models are judged and recovered, and how budgets are searched. */
export interface KeepOptions<Model, Recovered extends { readonly model: Model } = { readonly model: Model }>
  extends Omit<PruneOptions<Model>, "ratio" | "target" | "verify"> {
  /** What the smaller model must hold. */
  readonly keep: Hold;
  /** How a model does on samples that `recover` never saw, with the cut that made it; also asked of the original. */
  readonly judge: (model: Model, cut?: Cut) => Promise<JudgedModel>;
  /**
   * How a model does on samples that neither `recover` nor `judge` saw: as those of `judge` choose the winner, they say
   * too much good of it. A winner that falls short here by more than two standard errors gives way to the next larger
   * model that held.
   */
  readonly confirm?: (model: Model, cut?: Cut) => Promise<JudgedModel>;
  /** Wins accuracy back after a cut. @default the cut model as it is */
  readonly recover?: (cutting: Cutting<Model>) => Promise<Recovered>;
  /** What budgets are set on. @default "macs" */
  readonly resource?: Resource;
  /** How close the search comes, as a share of the original. @default 0.02 */
  readonly tolerance?: number;
  readonly onPoint?: (point: Point) => void;
  readonly signal?: AbortSignal | undefined;
}

/** The smallest model that holds what was asked, and the curve of all that were tried. */
export interface KeptModel<Model, Recovered> extends Pruned<Model>, Planned {
  /** What `recover` gave, where there is one; `model` is its model. */
  readonly recovered: Recovered | undefined;
  readonly curve: KeepCurve;
}

/**
 * The smallest model that holds an agreement or an accuracy, by bisection over budgets: every budget is planned, cut,
 * recovered and judged. Throws `keep-missed`, with the curve, where even the largest budget that was tried fails, and
 * `keep-unconfirmed` where those that hold are not confirmed.
 */
export async function keep<Model, Recovered extends { readonly model: Model }>(
  model: Model,
  options: KeepOptions<Model, Recovered>,
): Promise<KeptModel<Model, Recovered>> {
  checkKeep(options);
  const {
    keep: hold,
    judge,
    confirm,
    recover,
    resource = "macs",
    tolerance = 0.02,
    onPoint,
    signal,
    ...rest
  } = options;
  const { backend } = rest;
  const bar = barOf(hold);
  const plain = rest.trace ?? backend.trace(model);
  const whole = rest.ragged ? plain.ragged() : plain;
  const judged = await judge(model);
  heldBy(judged, bar);
  const points: Point[] = [];
  const confirmations: Confirmation[] = [];
  const curve: KeepCurve = {
    ...bar,
    resource,
    original: { ...backend.cost(model, whole), ...judged },
    points,
    confirmations,
  };

  const make = async (share: number): Promise<Candidate<Model, Recovered>> => {
    signal?.throwIfAborted();
    const asked: PruneOptions<Model> = {
      ...rest,
      trace: plain,
      target: { [resource]: share } as unknown as Target,
    };
    const planned = await plan(model, asked);
    const { trace, scores, budget } = planned;
    const made = cutOrRepair(model, backend, trace, planned.chosen, scores);
    const recovered = await recover?.({ original: model, smaller: made.model, cut: made.chosen.cut });
    const cost = backend.cost(model, trace, made.chosen.cut);
    const { original, reached } = budget as Budget;
    const left = ((cost as Partial<Record<Resource, number>>)[resource] ?? reached) / original;
    const small = recovered?.model ?? made.model;
    return { planned: { ...planned, chosen: made.chosen }, small, recovered, asked, left, cost };
  };
  const attempt = async (share: number): Promise<Candidate<Model, Recovered> & Point> => {
    const made = await make(share);
    const found = await judge(made.small, made.planned.chosen.cut);
    const { left, cost } = made;
    const point: Point = { target: share, left, holds: holds(found, bar), ...cost, ...found };
    points.push(point);
    onPoint?.(point);
    return { ...made, ...point };
  };

  const smallest = await smallestThatHolds(attempt, tolerance);
  if (!smallest) throw new PrunerError("keep-missed", { curve });
  const held = points.filter((point) => point.holds);
  const best = confirm
    ? await smallestConfirmed(held, bar, {
        remake: (target) => (target === smallest.target ? smallest : make(target)),
        confirm: ({ small, planned }) => confirm(small, planned.chosen.cut),
        onConfirmation: (found) => confirmations.push(found),
      })
    : smallest;
  if (!best) throw new PrunerError("keep-unconfirmed", { curve });
  const { planned, small, recovered, asked } = best;
  const accounted = await account(model, planned.trace, planned.chosen, asked);
  return { ...planned, ...accounted, model: small, recovered, curve };
}

interface Candidate<Model, Recovered> {
  readonly left: number;
  readonly cost: Cost;
  readonly planned: Planned;
  readonly small: Model;
  readonly recovered: Recovered | undefined;
  readonly asked: PruneOptions<Model>;
}

function checkKeep(options: object): void {
  const given = options as {
    readonly target?: unknown;
    readonly ratio?: unknown;
    readonly tolerance?: number;
  };
  for (const other of ["target", "ratio"] as const)
    if (given[other] !== undefined)
      throw new PrunerError("contradiction", {
        options: ["keep", other],
        why: "how much leaves is what is searched for",
      });
  const { tolerance = 0.02 } = given;
  if (!(tolerance > 0 && tolerance < 1))
    throw new PrunerError("bad-option", { option: "tolerance", value: tolerance, want: "a share above 0" });
}
