import type { Backend, Cut, Trace } from "@prune/graph";
import { magnitude } from "@prune/importance-magnitude";
import { plan, planFromRecipe, recipeOf } from "@prune/pruner";
import { cutOrRepair, frozenAxes } from "@prune/pruner/advanced";
import type { Net } from "./net.js";
import type { Structure, StructureName } from "./structures.js";

/** What a cut computes beside the masked original, on the same random inputs. */
export interface Measured {
  /** max |cut - masked| / max |masked|, the worst of the outputs; infinite where names or shapes differ. */
  readonly error: number;
  /** The same of the masked model and the original. */
  readonly moved: number;
}

/** A backend, and what is needed to try it. */
export interface Subject<Model, Value> {
  readonly backend: Backend<Model>;
  /** A new empty network. */
  net(): Net<Model, Value>;
  /** Runs the cut, and the original with all masked that left. */
  measure(model: Model, trace: Trace, cut: Cut, smaller: Model): Promise<Measured>;
  /** Structures that the format or its runtime can't express, and why. */
  readonly skip?: Partial<Readonly<Record<StructureName, string>>>;
  /** Structures of which another number of units may leave in this format. */
  readonly units?: Partial<Readonly<Record<StructureName, number>>>;
  /** @default 1e-5 */
  readonly bound?: number;
}

/** What is wrong with a backend on one structure, in sentences; none when it keeps the contract. */
export async function findingsOf<Model, Value>(
  subject: Subject<Model, Value>,
  { build, units }: Structure,
): Promise<string[]> {
  const { backend, measure, bound = 1e-5 } = subject;
  const findings: string[] = [];
  const claim = (holds: boolean, what: string): void => {
    if (!holds) findings.push(what);
  };

  const net = subject.net();
  const model = net.model(build(net));
  const before = await backend.hash(model);
  const trace = backend.trace(model);
  const free = trace.families.reduce((n, family) => n + family.units.length, 0);
  claim(free === units, `${free} units may leave in place of ${units}`);
  if (free === 0) {
    claim(frozenAxes(trace).length > 0, "nothing may leave, and no reason is given");
    return findings;
  }

  const stays = trace.units.pins.findIndex((pin) => pin !== 0);
  if (stays >= 0)
    claim(
      isRefused(() => backend.cut(model, trace, trace.cut({ units: [stays], atoms: [] }))),
      "a plan with a unit that must stay is cut",
    );

  const options = { backend, importance: magnitude(), ratio: 0.5, heads: 0.5, trace };
  const planned = await plan(model, options);
  const { model: smaller, chosen } = cutOrRepair(model, backend, trace, planned.chosen, planned.scores);
  const { cut } = chosen;
  claim(chosen.plan.units.length > 0, "no unit leaves");
  claim(backend.removals(model, trace, cut).length > 0, "the cut removes nothing from what is stored");

  const { error, moved } = await measure(model, trace, cut, smaller);
  claim(error <= bound, `the cut is not the mask: they differ by ${error}`);
  claim(moved > 100 * bound, `the mask changes the outputs by ${moved} alone, so the law says little`);

  const said = backend.cost(model, trace, cut);
  const found = backend.cost(smaller, backend.trace(smaller));
  claim(
    said.macs === found.macs && said.parameters === found.parameters,
    `the cut was to cost ${said.macs} MACs and ${said.parameters} parameters; it has ${found.macs} and ${found.parameters}`,
  );
  claim(found.parameters < backend.cost(model, trace).parameters, "the cut has no fewer parameters");
  claim((await backend.hash(model)) === before, "cutting changed the original");

  const after = await backend.hash(smaller);
  claim((await backend.hash(backend.cut(model, trace, cut))) === after, "the same cut gives another model");
  const replayed = trace.cut(planFromRecipe(trace, await recipeOf(model, trace, cut, options)));
  claim(
    (await backend.hash(backend.cut(model, trace, replayed))) === after,
    "its recipe, replayed, gives another model",
  );
  return findings;
}

/** Refused with an error that programs can recognise by its code. */
function isRefused(cut: () => unknown): boolean {
  try {
    cut();
  } catch (error) {
    return error instanceof Error && "code" in error;
  }
  return false;
}
