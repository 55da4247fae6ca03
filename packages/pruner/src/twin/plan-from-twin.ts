import type { Cut, Plan, Removal, Trace } from "@prune/graph";
import type { Parameter } from "@prune/graph/advanced";
import type { Recipe } from "../recipe.js";
import { type Fit, fitsOf } from "./fit.js";
import { nameOf, pairNames } from "./names.js";

/** Something that a recipe and a model of another format don't have in common. */
export interface TwinFinding {
  readonly tensor: string;
  readonly why: string;
}

/** A plan for a model whose tensors have other names than those of the recipe. */
export interface TwinPlan {
  readonly plan: Plan;
  /** Tensors of the model and those of the recipe that they stand for. */
  readonly pairs: readonly { readonly here: string; readonly there: string }[];
  /** What does not correspond: it was left as it is. */
  readonly findings: readonly TwinFinding[];
}

/**
 * The plan that a recipe describes on the same network in another format, where tensors are named, laid out and turned
 * otherwise: parameters are paired by what their names say and by their sizes, their axes by size and, where sizes are
 * equal, by what leaves of the axes that depend on them. A unit leaves when all that the recipe says of it agrees; what
 * doesn't correspond stays, and is reported.
 */
export function planFromTwin(trace: Trace, recipe: Recipe): TwinPlan {
  const findings: TwinFinding[] = [];
  const paired = pairsOf(trace, recipe, findings);
  const wanted = axesOf(trace, paired, findings);
  const plan = unitsThatLeave(trace, wanted, findings);
  compare(wanted, trace.cut(plan), findings);
  for (const { tensor } of recipe.uses ?? [])
    findings.push({ tensor, why: "it is cut apart for its uses, which does not carry over" });
  const pairs = [...paired].map(([{ tensor }, there]) => ({ here: tensor, there: there.tensor }));
  return { plan, pairs, findings };
}

function pairsOf(trace: Trace, recipe: Recipe, findings: TwinFinding[]): Map<Parameter, Removal> {
  const here = [...new Map(trace.parameters.map((p) => [p.tensor, p])).values()];
  const there = recipe.parameters.filter(({ computed }) => !computed);
  const names = pairNames(
    here.map(({ tensor, shape }) => nameOf(tensor, shape.length)),
    there.map(({ tensor, shape }) => nameOf(tensor, shape.length)),
  );
  const paired = new Map<Parameter, Removal>();
  for (const [i, j] of names) {
    const [parameter, removal] = [here[i] as Parameter, there[j] as Removal];
    if (elements(parameter.shape) === elements(removal.shape)) paired.set(parameter, removal);
    else
      findings.push({
        tensor: removal.tensor,
        why: `"${parameter.tensor}" is [${parameter.shape}] here and it is [${removal.shape}]`,
      });
  }
  const known = new Set(names.values());
  there.forEach(({ tensor }, j) => {
    if (!known.has(j)) findings.push({ tensor, why: "no tensor here is known to stand for it" });
  });
  return paired;
}

const elements = (shape: readonly number[]): number => shape.reduce((a, b) => a * b, 1);

/** For each parameter the positions that leave, by selector; undefined where the axes can't be told apart. */
type Wanted = Map<Parameter, { readonly there: string; readonly fit: Fit }>;

/** Settles what has one reading first; what depends on it then tells which reading of the others holds. */
function axesOf(trace: Trace, paired: ReadonlyMap<Parameter, Removal>, findings: TwinFinding[]): Wanted {
  const wanted: Wanted = new Map();
  const lives = new Set<number>();
  const dead = new Set<number>();
  const open = new Map([...paired].map(([p, removal]) => [p, fitsOf(trace, p, removal.selectors)] as const));
  const settle = (parameter: Parameter, fit: Fit): void => {
    open.delete(parameter);
    wanted.set(parameter, { there: (paired.get(parameter) as Removal).tensor, fit });
    eachPosition(trace, parameter, fit, (own, leaves) => {
      if (!leaves) for (const atom of own) lives.add(atom);
      else if (own.length === 1) dead.add(own[0] as number);
    });
  };
  for (let moved = true; moved; ) {
    moved = false;
    for (const [parameter, fits] of open) {
      const left = fits.filter((fit) => agrees(trace, parameter, fit, lives, dead));
      if (left.length !== 1) continue;
      settle(parameter, left[0] as Fit);
      moved = true;
    }
  }
  for (const [parameter, fits] of open) {
    const { tensor } = parameter;
    const possible = fits.some((fit) => agrees(trace, parameter, fit, lives, dead));
    const why =
      fits.length === 0
        ? `the axes of "${tensor}" here don't have as many positions`
        : possible
          ? `which axis of "${tensor}" is which can't be told`
          : `what leaves it contradicts what leaves others that "${tensor}" depends on here`;
    findings.push({ tensor: (paired.get(parameter) as Removal).tensor, why });
  }
  return wanted;
}

function agrees(
  trace: Trace,
  parameter: Parameter,
  fit: Fit,
  lives: ReadonlySet<number>,
  dead: ReadonlySet<number>,
): boolean {
  let sound = true;
  eachPosition(trace, parameter, fit, (own, leaves) => {
    if (leaves ? own.every((atom) => lives.has(atom)) : own.some((atom) => dead.has(atom))) sound = false;
  });
  return sound;
}

/** Tells the atoms of every position that is named, and whether it leaves. */
function eachPosition(
  trace: Trace,
  { selectors }: Parameter,
  fit: Fit,
  tell: (atoms: readonly number[], leaves: boolean) => void,
): void {
  selectors.forEach(({ ids }, s) => {
    const gone = new Set(fit[s]);
    ids.forEach((id, i) => {
      tell(trace.atomsOf(id), gone.has(i));
    });
  });
}

/** Units all of whose atoms leave wherever the recipe speaks of them. */
function unitsThatLeave(trace: Trace, wanted: Wanted, findings: TwinFinding[]): Plan {
  const { units } = trace;
  const lives = new Uint8Array(units.count);
  const named = new Uint8Array(units.count);
  for (const [parameter, { fit }] of wanted)
    eachPosition(trace, parameter, fit, (own, leaves) => {
      for (const atom of own) {
        const u = trace.unitOf(atom);
        if (u < 0) continue;
        named[u] = 1;
        if (!leaves) lives[u] = 1;
      }
    });
  let chosen = trace.families
    .flatMap(({ units: own }) => Array.from(own))
    .filter((u) => named[u] === 1 && lives[u] === 0);
  for (;;) {
    const [finding] = trace.cut({ units: chosen, atoms: [] }).findings;
    if (!finding) return { units: chosen, atoms: [] };
    const involved = trace.unitsAt(finding.ids);
    const rest = chosen.filter((u) => !involved.has(u));
    findings.push({ tensor: finding.tensor ?? "?", why: finding.text });
    if (rest.length === chosen.length) return { units: [], atoms: [] };
    chosen = rest;
  }
}

/** Tells every parameter of which something else leaves than the recipe says. */
function compare(wanted: Wanted, cut: Cut, findings: TwinFinding[]): void {
  for (const [{ selectors }, { there, fit }] of wanted) {
    let [stay, leave, all] = [0, 0, 0];
    selectors.forEach(({ ids }, s) => {
      const gone = new Set(fit[s]);
      ids.forEach((id, i) => {
        if (gone.has(i)) all++;
        if (gone.has(i) && cut.lives(id)) stay++;
        if (!gone.has(i) && !cut.lives(id)) leave++;
      });
    });
    if (stay + leave === 0) continue;
    const parts = [
      stay > 0 ? `${stay} of ${all} positions that leave it stay here` : "",
      leave > 0 ? `${leave} leave here that stay there` : "",
    ];
    findings.push({
      tensor: there,
      why: `${parts.filter((part) => part).join(", and ")}, as they depend on others`,
    });
  }
}
