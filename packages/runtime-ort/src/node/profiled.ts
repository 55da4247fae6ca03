import { readdir, readFile } from "node:fs/promises";
import { join } from "node:path";
import { temporaryFolder } from "@prune/files/advanced";
import { RuntimeError } from "../error.js";
import { eventsIn, kernelsOf, type Profiled } from "../latency/profile.js";
import type { Source } from "../law/models.js";
import type { OrtRuntime } from "../runtime.js";
import { createSession } from "../session.js";

/** Opens a model to time every operator inside whole runs; the profiler writes a file, which is removed again. */
export async function profiled(runtime: OrtRuntime, model: Source, threads: number): Promise<Profiled> {
  const { path: folder, remove } = temporaryFolder();
  try {
    const session = await createSession(model, { threads, profile: join(folder, "run"), runtime });
    let isOpen = true;
    const end = async (): Promise<void> => {
      isOpen = false;
      session.endProfiling();
      await session.release();
    };
    return {
      session,
      async kernels() {
        await end();
        const [file] = await readdir(folder);
        if (file === undefined)
          throw new RuntimeError("no-profile", {
            reason: "it wrote no file (onnxruntime-node has one since 1.21)",
          });
        return kernelsOf(eventsIn(await readFile(join(folder, file), "utf8")));
      },
      async close() {
        if (isOpen) await end();
        remove();
      },
    };
  } catch (error) {
    remove();
    throw error;
  }
}
