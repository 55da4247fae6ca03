import type { Model } from "@prune/onnx";
import { segmentModel } from "@prune/onnx/advanced";
import { inputsOf } from "../inputs.js";
import { goneOn, remembered, runTurns, type Turn } from "../law/turns.js";
import { type Outputs, run, tensorsOf } from "../run.js";
import { type OrtRuntime, remember, runtimeOf } from "../runtime.js";
import { createSession, type Optimisation, type Session } from "../session.js";
import { onnxTypeOf } from "../values.js";
import { type Stretch, stretchesOf } from "./stretches-of.js";

/** A model that is run stretch by stretch: each is opened, run and let go before the next is. */
export interface StretchedSession extends Session {
  /**
   * Runs turn after turn, opening each stretch once for all of them unless a turn reads early what the one before it makes
   * late; `before` is called before each run of a stretch.
   */
  runTurns(turns: readonly Turn[], before: () => void): Promise<Outputs[]>;
}

export interface StretchOptions {
  readonly runtime?: OrtRuntime | undefined;
  readonly optimise: Optimisation;
  /** Bytes of weights, in single precision, that a stretch has at most. */
  readonly most: number;
}

/** Tensors at hand while a model is run. */
type AtHand = Map<string, Outputs[string]>;

/** Opens a model for running it by stretches; nothing is held of it between two runs. */
export async function openStretched(
  model: Model,
  { runtime, optimise, most }: StretchOptions,
): Promise<StretchedSession> {
  const { graph } = model;
  const inputs = inputsOf(graph);
  const shapes = new Map(graph.inputs.map(({ name, shape }) => [name, shape]));
  const outputNames = graph.outputs.map(({ name }) => name);
  const list = stretchesOf(model, most);
  const [firstUse, lastUse, madeIn] = [
    new Map<string, number>(),
    new Map<string, number>(),
    new Map<string, number>(),
  ];
  list.forEach((stretch, i) => {
    for (const name of stretch.inputs) {
      if (!firstUse.has(name)) firstUse.set(name, i);
      lastUse.set(name, i);
    }
    for (const name of stretch.outputs) madeIn.set(name, i);
  });
  /** What goes on from turn to turn is made no later than it is read. */
  const isForward = ({ carried = new Map<string, string>() }: Turn): boolean =>
    [...carried].every(([input, output]) => (madeIn.get(output) ?? 0) <= (firstUse.get(input) ?? Infinity));

  /** The types of what a stretch is fed are known from what came before. */
  const open = (stretch: Stretch, at: AtHand): Promise<Session> => {
    const fed = stretch.inputs.filter((name) => at.has(name));
    const bytes = segmentModel(model, {
      inputs: fed.map((name) => {
        const shape = shapes.get(name);
        return {
          name,
          elementType: onnxTypeOf((at.get(name) as Outputs[string]).type),
          ...(shape && { shape }),
        };
      }),
      outputs: stretch.outputs,
    });
    return createSession(bytes, { runtime, optimise });
  };

  const together: StretchedSession["runTurns"] = async (turns, before) => {
    const hands: AtHand[] = [];
    const outputs: Record<string, Outputs[string]>[] = turns.map(() => ({}));
    for (const { feeds } of turns) hands.push(new Map(Object.entries(await tensorsOf(session, feeds))));
    for (const [i, stretch] of list.entries()) {
      if (stretch.outputs.length === 0) continue;
      const opened = await open(stretch, hands[0] as AtHand);
      try {
        let made: Outputs = {};
        for (const [t, { carried }] of turns.entries()) {
          const at = hands[t] as AtHand;
          const own = outputs[t] as Record<string, Outputs[string]>;
          before();
          if (carried)
            for (const [name, values] of Object.entries(goneOn(carried, made)))
              at.set(name, values as Outputs[string]);
          const found = await run(opened, Object.fromEntries(at));
          for (const [name, values] of Object.entries(found)) at.set(name, values);
          for (const name of outputNames) if (found[name]) own[name] = found[name];
          for (const [name, last] of lastUse) if (last === i) at.delete(name);
          made = remembered(carried ? made : {}, own) as Outputs;
        }
      } finally {
        await opened.release();
      }
    }
    return outputs.map((found, t) => inOrder({ ...turns[t]?.feeds, ...found } as Outputs));
  };

  /** An output may be an input as it is. */
  const inOrder = (found: Outputs): Outputs =>
    Object.fromEntries(outputNames.flatMap((name) => (found[name] ? [[name, found[name]]] : [])));

  const session: StretchedSession = {
    inputNames: inputs.map(({ name }) => name),
    outputNames,
    inputMetadata: inputs.map(({ name, type, shape }) =>
      type === "other"
        ? { name, isTensor: false }
        : { name, isTensor: true, type, shape: (shape ?? []).map((size) => size ?? "") },
    ),
    outputMetadata: [],
    async run(feeds: Outputs) {
      const [found] = await together([{ feeds }], () => {});
      return found as Outputs;
    },
    runTurns: (turns, before) =>
      turns.every(isForward)
        ? together(turns, before)
        : runTurns(turns, async (feeds) => {
            const [found] = await together([{ feeds }], before);
            return found as Outputs;
          }),
    release: async () => {},
    startProfiling() {},
    endProfiling() {},
  };
  remember(session, await (await runtimeOf({ runtime })).load());
  return session;
}
