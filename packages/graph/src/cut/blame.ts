import { GraphError } from "../errors.js";
import type { State } from "../trace/state.js";
import type { Finding } from "./finding.js";

/** Why the model that a cut leaves would not be consistent: what every backend's error "inconsistent-cut" carries. */
export interface Fault {
  readonly tensor: string;
  readonly what: string;
}

/** What an error of making a cut says of the plan, so that it can give back what is to blame. */
export function blamedBy({ parameters, values }: State, error: unknown): readonly Finding[] {
  if (GraphError.is(error, "broken-plan")) return error.detail.findings;
  if (!isInconsistent(error)) return [];
  const { tensor, what } = error.detail;
  const arrays = [
    ...parameters.all
      .filter((parameter) => parameter.tensor === tensor)
      .flatMap(({ selectors }) => selectors.map(({ ids }) => ids)),
    ...(values.get(tensor)?.layout?.blocks ?? []).map(({ ids }) => ids),
  ];
  const ids = Int32Array.from(arrays.flatMap((array) => [...array]));
  return ids.length > 0 ? [{ kind: "irregular", text: `"${tensor}": ${what}`, tensor, ids }] : [];
}

const isInconsistent = (error: unknown): error is Error & { readonly detail: Fault } =>
  error instanceof Error && "code" in error && error.code === "inconsistent-cut";
