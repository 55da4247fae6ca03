import { type GraphEdit, type Model, modelToBytes, readModel } from "@prune/onnx";
import { lateModel, withoutRounding } from "@prune/onnx/advanced";
import { withEdited } from "../edited.js";
import { RuntimeError } from "../error.js";
import { type Outputs, run } from "../run.js";
import { type OrtRuntime, runtimeOf } from "../runtime.js";
import { createSession, type Optimisation, type Session } from "../session.js";
import { openStretched, type StretchedSession } from "../stretches/stretched-session.js";
import type { Budget } from "./budget.js";
import { runTurns, type Turn } from "./turns.js";

/** A model as a path or as bytes. */
export type Source = string | Uint8Array;

/** A model that is read: it is run by stretches. */
export type Subject = Source | Model;

const isRead = (subject: Subject): subject is Model => typeof subject === "object" && "graph" in subject;

/** A model as an edit makes it of another. */
export interface Edited {
  readonly model: Model;
  readonly edit: GraphEdit;
}

/** What models of the law are run by. */
export interface Running {
  readonly runtime?: OrtRuntime | undefined;
  /** How far the runtime may rewrite the graph. */
  readonly optimise: Optimisation;
  /** Stops between two runs. */
  readonly signal?: AbortSignal | undefined;
  readonly budget?: Budget | undefined;
  /** Models are run by stretches of so many bytes of weights at most; undefined: in one piece. */
  readonly stretch?: number | undefined;
}

/** How a model is opened, as it is if the runtime takes it so: the next where it doesn't, as with some casts to halves. */
const levels: readonly Optimisation[] = ["disabled", "basic", "all"];

export const levelsFrom = (level: Optimisation): readonly Optimisation[] =>
  levels.slice(levels.indexOf(level));

/** A model to run, and the same read. */
export interface Opened {
  readonly source: Subject;
  readonly model: Model;
}

/**
 * Reads a model; a quantised one goes on without the roundings of activations, which tip: see `withoutRounding`.
 * @param known the model, where it is read already
 */
export async function openUnrounded(
  source: Subject,
  by: Pick<Running, "runtime" | "stretch">,
  known?: Model,
): Promise<Opened> {
  const model = known ?? (await read(source, by));
  const edit = withoutRounding(model);
  if (by.stretch !== undefined) {
    const whole = edit.nodes.size === 0 ? model : lateModel(model, edit);
    return { source: whole, model: whole };
  }
  if (edit.nodes.size === 0) return { source, model };
  const bytes = modelToBytes(model, edit);
  return { source: bytes, model: readModel(bytes) };
}

/** Lends a model as an edit makes it, as it can be run. */
export const lent = <T>(
  { model, edit }: Edited,
  use: (subject: Subject) => Promise<T>,
  by: Pick<Running, "runtime" | "stretch">,
): Promise<T> => (by.stretch === undefined ? withEdited(model, edit, use, by) : use(lateModel(model, edit)));

export async function read(source: Subject, by: Pick<Running, "runtime">): Promise<Model> {
  if (isRead(source)) return source;
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
export const outputsOf = (model: Subject, turns: readonly Turn[], by: Running): Promise<Outputs[]> =>
  withSession(model, by, (session) => answersOf(session, turns, by));

/** The same in a session that is open. */
export function answersOf(
  session: Session | StretchedSession,
  turns: readonly Turn[],
  { signal, budget }: Pick<Running, "signal" | "budget">,
): Promise<Outputs[]> {
  const before = (): void => {
    signal?.throwIfAborted();
    budget?.spend();
  };
  if ("runTurns" in session) return session.runTurns(turns, before);
  return runTurns(
    turns,
    (feeds) => {
      before();
      return run(session, feeds);
    },
    budget?.isOver,
  );
}

export async function withSession<T>(
  model: Subject,
  by: Running,
  use: (session: Session | StretchedSession) => Promise<T>,
): Promise<T> {
  const session = isRead(model)
    ? await openStretched(model, { ...by, most: by.stretch ?? Infinity })
    : await createSession(model, by);
  try {
    return await use(session);
  } finally {
    await session.release();
  }
}
