import type { Stopwatch } from "@prune/recovery";
import type { Tensor } from "onnxruntime-common";
import { type Outputs, runTensors } from "../run.js";
import { runtimeOf } from "../runtime.js";
import { createSession, type Session, type SessionOptions } from "../session.js";
import type { ValuesByName } from "../values.js";

/** Runs sessions and keeps the time. */
export interface Runner {
  open(model: Uint8Array): Promise<Session>;
  run(session: Session, tensors: ValuesByName): Promise<Outputs>;
  tensors(feeds: ValuesByName): Promise<Outputs>;
}

export function runnerOf(options: SessionOptions, stopwatch: Stopwatch): Runner {
  const tensors = async (feeds: ValuesByName): Promise<Outputs> => {
    const { Tensor: Make } = await (await runtimeOf(options)).load();
    const made = Object.create(null) as Record<string, Tensor>;
    for (const [name, values] of Object.entries(feeds))
      made[name] =
        values instanceof Make
          ? values
          : new Make(values.type, values.data as Float32Array, [...values.dims]);
    return made;
  };
  return {
    open: (model) => stopwatch.during("runtime", () => createSession(model, options)),
    async run(session, feeds) {
      const given = await tensors(feeds);
      return stopwatch.during("runtime", () => runTensors(session, given));
    },
    tensors,
  };
}
