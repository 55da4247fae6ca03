import { fork } from "node:child_process";
import { availableParallelism } from "node:os";
import { fileURLToPath } from "node:url";
import type { Run } from "./runs.js";

/** Runs of networks, in their order, made by as many processes as there are cores. */
export async function inProcesses(names: readonly string[], onRun: (run: Run) => void): Promise<Run[]> {
  const found = new Map<string, Run[]>(names.map((name) => [name, []]));
  const queue = [...names];
  const work = (): Promise<void> =>
    new Promise((resolve, reject) => {
      const child = fork(fileURLToPath(new URL("./worker.ts", import.meta.url)));
      const next = (): void => {
        const name = queue.shift();
        if (name) child.send(name);
        else {
          resolve();
          child.kill();
        }
      };
      child.on("message", (message: Run | "done") => {
        if (message === "done") return next();
        found.get(message.model)?.push(message);
        onRun(message);
      });
      child.on("exit", (code) => reject(new Error(`A process ended with ${code}.`)));
      next();
    });
  await Promise.all(Array.from({ length: Math.min(availableParallelism(), names.length) }, work));
  return [...found.values()].flat();
}
