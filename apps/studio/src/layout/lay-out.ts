import type { LayoutRequest, PictureLayout } from "@prune/report/view";

export type LayoutAnswer = { readonly layout: PictureLayout } | { readonly failed: string };

interface Waiting {
  readonly asked: LayoutRequest;
  resolve(layout: PictureLayout): void;
  reject(error: Error): void;
}

let worker: Worker | undefined;
let running: Waiting | undefined;
let next: Waiting | undefined;

/**
 * Lays out a graph in a worker of its own, as the one that holds the model may be planning meanwhile. One layout is made at
 * once, and of those that wait only the last: a promise that was overtaken stays open.
 */
export function layOut(asked: LayoutRequest): Promise<PictureLayout> {
  return new Promise((resolve, reject) => {
    const waiting = { asked, resolve, reject };
    if (running) next = waiting;
    else begin(waiting);
  });
}

function begin(waiting: Waiting): void {
  running = waiting;
  worker ??= start();
  worker.postMessage(waiting.asked);
}

function start(): Worker {
  const made = new Worker(new URL("./worker.ts", import.meta.url), { type: "module" });
  made.addEventListener("message", ({ data }: MessageEvent<LayoutAnswer>) => settle(data));
  made.addEventListener("error", ({ message }) => {
    made.terminate();
    worker = undefined;
    settle({ failed: message || "The worker stopped." });
  });
  return made;
}

function settle(answer: LayoutAnswer): void {
  const done = running;
  const waiting = next;
  running = undefined;
  next = undefined;
  if (waiting) begin(waiting);
  if ("layout" in answer) done?.resolve(answer.layout);
  else done?.reject(new Error(answer.failed));
}
