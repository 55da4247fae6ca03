import { rmSync } from "node:fs";

const signals = ["SIGINT", "SIGTERM", "SIGHUP"] as const;

/** Files and folders to remove if the process ends before they are published. */
const pending = new Set<string>();

/** Removes a file or folder if the process ends, by itself or by a signal, before `forget`. */
export function remember(path: string): void {
  if (pending.size === 0) {
    process.on("exit", removePending);
    for (const signal of signals) process.on(signal, onSignal);
  }
  pending.add(path);
}

export function forget(path: string): void {
  if (!pending.delete(path) || pending.size > 0) return;
  process.off("exit", removePending);
  for (const signal of signals) process.off(signal, onSignal);
}

function removePending(): void {
  for (const path of [...pending]) {
    try {
      rmSync(path, { recursive: true, force: true });
    } catch {
      // The next run removes it.
    }
    forget(path);
  }
}

/** Cleans up, then lets the signal end the process unless the program handles it itself. */
function onSignal(signal: NodeJS.Signals): void {
  removePending();
  if (process.listenerCount(signal) === 0) process.kill(process.pid, signal);
}
