import type { Stopwatch } from "@prune/recovery/advanced";
import {
  createSession,
  type Outputs,
  type Session,
  type SessionOptions,
  type ValuesByName,
} from "@prune/runtime-ort";
import { runTensors, runtimeOf } from "@prune/runtime-ort/advanced";

/** A tensor of the runtime. */
export type Tensor = Outputs[string];

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
