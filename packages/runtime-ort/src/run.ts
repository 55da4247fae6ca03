import { ownEntry } from "@prune/graph/advanced";
import type { Tensor } from "onnxruntime-common";
import { RuntimeError, reasonOf } from "./error.js";
import { moduleOf } from "./runtime.js";
import type { Session } from "./session.js";
import type { ValuesByName } from "./values.js";

/** A run's outputs by name. */
export type Outputs = Record<string, Tensor>;

/** Runs a session once; feeds may be plain values or tensors of onnxruntime. */
export async function run(session: Session, feeds: ValuesByName): Promise<Outputs> {
  return runTensors(session, await tensorsOf(session, feeds));
}

/** Feeds as tensors of onnxruntime, in the session's order and without what it doesn't ask for. */
export async function tensorsOf(session: Session, feeds: ValuesByName): Promise<Outputs> {
  const runtime = await moduleOf(session);
  const tensors = Object.create(null) as Outputs;
  for (const input of session.inputNames) {
    const values = ownEntry(feeds, input);
    if (!values) throw new RuntimeError("input-missing", { input });
    tensors[input] =
      values instanceof runtime.Tensor
        ? values
        : new runtime.Tensor(values.type, values.data as Float32Array, [...values.dims]);
  }
  return tensors;
}

/**
 * Runs a session once on the runtime's own tensors.
 * @throws RuntimeError `run-failed` with the types and shapes of the inputs and the runtime's reason.
 */
export async function runTensors(session: Session, tensors: Outputs): Promise<Outputs> {
  try {
    return { ...(await session.run(tensors)) } as Outputs;
  } catch (error) {
    throw new RuntimeError(
      "run-failed",
      { inputs: describe(tensors), reason: reasonOf(error) },
      { cause: error },
    );
  }
}

function describe(tensors: Outputs): string {
  const parts = Object.entries(tensors).map(
    ([name, { type, dims }]) => `${name}: ${type}[${dims.join(",")}]`,
  );
  return parts.join(", ") || "no input";
}
