import { type Model, modelToBytes, readModel } from "@prune/onnx";
import { withoutRounding } from "@prune/onnx/advanced";
import { RuntimeError } from "../error.js";
import { type Outputs, run } from "../run.js";
import { type OrtRuntime, runtimeOf } from "../runtime.js";
import { createSession, type Optimisation, type Session } from "../session.js";
import type { Budget } from "./budget.js";
import { runTurns, type Turn } from "./turns.js";

/** A model as a path or as bytes. */
export type Source = string | Uint8Array;

/** What models of the law are run by. */
export interface Running {
  readonly runtime?: OrtRuntime | undefined;
  /** How far the runtime may rewrite the graph. */
  readonly optimise: Optimisation;
  /** Stops between two runs. */
  readonly signal?: AbortSignal | undefined;
  readonly budget?: Budget | undefined;
}

/** How a model is opened, as it is if the runtime takes it so: the next where it doesn't, as with some casts to halves. */
const levels: readonly Optimisation[] = ["disabled", "basic", "all"];

export const levelsFrom = (level: Optimisation): readonly Optimisation[] =>
  levels.slice(levels.indexOf(level));

/** A model to run, and the same read. */
export interface Opened {
  readonly source: Source;
  readonly model: Model;
}

/** Reads a model; a quantised one goes on without the roundings of activations, which tip: see `withoutRounding`. */
export async function openUnrounded(source: Source, by: Pick<Running, "runtime">): Promise<Opened> {
  const model = await read(source, by);
  const edit = withoutRounding(model);
  if (edit.nodes.size === 0) return { source, model };
  const bytes = modelToBytes(model, edit);
  return { source: bytes, model: readModel(bytes) };
}

async function read(source: Source, by: Pick<Running, "runtime">): Promise<Model> {
  if (typeof source !== "string") return readModel(source);
  const { openModel } = (await runtimeOf(by)).host;
  if (!openModel)
    throw new RuntimeError("model-refused", {
      model: `"${source}"`,
      reason: "there are no files here; give its bytes.",
    });
  return openModel(source);
}

/**
 * What a model answers turn by turn, going on from its own answers; when the time is over, to the first inputs alone, with
 * the steps after each.
 */
export const outputsOf = (model: Source, turns: readonly Turn[], by: Running): Promise<Outputs[]> =>
  withSession(model, by, (session) =>
    runTurns(
      turns,
      (feeds) => {
        by.signal?.throwIfAborted();
        by.budget?.spend();
        return run(session, feeds);
      },
      by.budget?.isOver,
    ),
  );

export async function withSession<T>(
  model: Source,
  by: Running,
  use: (session: Session) => Promise<T>,
): Promise<T> {
  const session = await createSession(model, by);
  try {
    return await use(session);
  } finally {
    await session.release();
  }
}
