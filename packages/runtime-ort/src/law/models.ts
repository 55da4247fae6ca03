import { type Model, modelToBytes, noEdit, readModel, withoutRounding } from "@prune/onnx";
import { openModel } from "@prune/onnx/node";
import { type Outputs, run } from "../run.js";
import { createSession, type Session } from "../session.js";
import type { ValuesByName } from "../values.js";

/** A model as a path or as bytes. */
export type Source = string | Uint8Array;

/** A quantised model without the roundings of activations, which tip: see `withoutRounding`. */
export const unrounded = (source: Source): Source => withoutTipping(read(source)) ?? source;

/** The same, and beside a model that rounds nothing what it is traced as, where reading put branches or functions in place. */
export function unroundedAndFlat(source: Source): {
  readonly plain: Source;
  readonly flat: Uint8Array | undefined;
} {
  const model = read(source);
  const plain = withoutTipping(model);
  return { plain: plain ?? source, flat: plain || !model.inlined ? undefined : modelToBytes(model, noEdit) };
}

/** undefined where a model rounds nothing. */
function withoutTipping(model: Model): Uint8Array | undefined {
  const edit = withoutRounding(model);
  return edit.nodes.size > 0 ? modelToBytes(model, edit) : undefined;
}

const read = (source: Source): Model => (typeof source === "string" ? openModel(source) : readModel(source));

/** What a model answers to each of the feeds, as written or as the runtime rewrites it. */
export const outputsOf = (
  model: Source,
  feeds: readonly ValuesByName[],
  optimise: boolean,
): Promise<Outputs[]> => withSession(model, optimise, (session) => runAll(session, feeds));

export async function runAll(session: Session, feeds: readonly ValuesByName[]): Promise<Outputs[]> {
  const outputs: Outputs[] = [];
  for (const values of feeds) outputs.push(await run(session, values));
  return outputs;
}

export async function withSession<T>(
  model: Source,
  optimise: boolean,
  use: (session: Session) => Promise<T>,
): Promise<T> {
  const session = await createSession(model, { optimise });
  try {
    return await use(session);
  } finally {
    await session.release();
  }
}
