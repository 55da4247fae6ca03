import { RecoveryError } from "./errors.js";
import { type Equations, equationsOf, errorFrom, type Fit, powerOf } from "./fit.js";
import { type Method, standardMethods } from "./method.js";
import { type Moments, sumOfMoments } from "./moments.js";
import { inlineSolver, type Solver } from "./solver.js";

/** Moments of the samples that a fit is made from, and of those that judge it. */
export interface Split {
  readonly train: Moments;
  readonly heldOut: Moments;
}

/** How one method did on held-out samples. */
export interface Tried {
  readonly method: string;
  /** Held-out error relative to the targets' power, of the fit made without those samples. */
  readonly error: number;
}

/** The fit that held-out samples chose, with its error and those of the others. */
export interface ChosenFit {
  readonly fit: Fit;
  /** What the held-out samples chose; undefined where the old weights stay. */
  readonly method: Method | undefined;
  /** Held-out errors relative to the targets' power: of the old weights, and of the fit made without those samples. */
  readonly before: number;
  readonly after: number;
  /** Variance of the targets, summed over them. */
  readonly power: number;
  readonly tried: readonly Tried[];
}

/**
 * The fit of the method that does best on held-out samples, made again from all of them; the old weights where no
 * method lowers the held-out error.
 */
export async function chooseFit(
  split: Split,
  old: Fit,
  methods: readonly Method[] = standardMethods,
  solver: Solver = inlineSolver(),
): Promise<ChosenFit> {
  const choice = await chooseMethod(split, old, methods, solver);
  choice.equations.keep(undefined);
  const { equations: _, ...rest } = choice;
  if (!choice.method) return { fit: old, ...rest };
  return { fit: await fitToAll(choice.method, split, old, solver), ...rest };
}

/** A choice, with what has been factored for it. */
export interface Choice extends Omit<ChosenFit, "fit"> {
  readonly equations: Equations;
}

/** Judges methods by held-out samples without fitting to all of them yet. */
export async function chooseMethod(
  { train, heldOut }: Split,
  old: Fit,
  methods: readonly Method[],
  solver: Solver,
): Promise<Choice> {
  const power = powerOf(heldOut);
  const scale = power || 1;
  const equations = equationsOf(solver, train, old);
  const productOf = ({ weights }: Fit): Promise<Float64Array> =>
    solver.multiply(weights, heldOut.targets, heldOut.xx, heldOut.inputs);
  const same = await productOf(old);
  const before = errorFrom(heldOut, old, same) / scale;
  const judged = async (method: Method): Promise<Tried> => {
    const fit = await fitBy(method, train, old, equations);
    const product = fit.weights === old.weights ? same : await productOf(fit);
    return { method: method.name, error: errorFrom(heldOut, fit, product) / scale };
  };
  const tried = await Promise.all(methods.map(judged)).catch((error: unknown) => {
    equations.keep(undefined);
    throw error;
  });
  let best = -1;
  tried.forEach(({ error }, i) => {
    if (error < (tried[best]?.error ?? before)) best = i;
  });
  const method = methods[best];
  equations.keep(method?.alpha);
  return { method, before, after: tried[best]?.error ?? before, power, tried, equations };
}

/**
 * A method's fit, from what is factored already where it is least squares.
 * @throws {RecoveryError} "bad-option" where a method gives another number of weights than the old fit has.
 */
export async function fitBy(method: Method, moments: Moments, old: Fit, equations: Equations): Promise<Fit> {
  if (method.alpha !== undefined) return equations.fit(moments, method.alpha);
  const fit = method.fit(moments, old);
  const sizes = ({ weights, bias }: Fit): string => `${weights.length} weights and a bias of ${bias.length}`;
  if (sizes(fit) !== sizes(old))
    throw new RecoveryError("bad-option", {
      option: "methods",
      value: `"${method.name}" with ${sizes(fit)}`,
      want: `to give fits of the old one's sizes, ${sizes(old)}`,
    });
  return fit;
}

/** A method's fit to training and held-out samples together. */
export async function fitToAll(
  method: Method,
  { train, heldOut }: Split,
  old: Fit,
  solver: Solver,
): Promise<Fit> {
  const all = sumOfMoments([train, heldOut]);
  const equations = equationsOf(solver, all, old);
  try {
    return await fitBy(method, all, old, equations);
  } finally {
    equations.keep(undefined);
  }
}
