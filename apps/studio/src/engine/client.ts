import type { Abort, Engine, Reply, Request, ShownError } from "./protocol.js";

/** An error that the worker's packages threw. */
export class EngineError extends Error {
  readonly code: string | undefined;
  constructor({ name, code, message }: ShownError) {
    super(message);
    this.name = name;
    this.code = code;
  }
}

export interface CallOptions {
  readonly signal?: AbortSignal;
  readonly onProgress?: (progress: unknown) => void;
}

export interface Client {
  call<Method extends keyof Engine>(
    method: Method,
    args: Parameters<Engine[Method]>,
    options?: CallOptions,
  ): ReturnType<Engine[Method]>;
}

interface Waiting {
  resolve(value: never): void;
  reject(error: unknown): void;
  readonly onProgress: CallOptions["onProgress"];
}

/** A run of a network can't be interrupted: a worker that doesn't stop by then is ended, and another one takes its place. */
const patience = 1500;

const cancelled: ShownError = {
  name: "AbortError",
  code: "aborted",
  message: "Cancelled. Nothing was made.",
};

/** Opens the worker that holds the model; the page itself never waits. */
export function openClient(): Client {
  const waiting = new Map<number, Waiting>();
  let last = 0;
  let opened: Parameters<Engine["open"]> | undefined;
  let worker = start();
  /** Settles once the worker has the model that the one before it had. */
  let ready: Promise<unknown> = Promise.resolve();

  function start(): Worker {
    const made = new Worker(new URL("./worker.ts", import.meta.url), { type: "module" });
    made.addEventListener("message", ({ data }: MessageEvent<Reply>) => {
      const call = waiting.get(data.id);
      if (!call) return;
      if ("progress" in data) call.onProgress?.(data.progress);
      else {
        waiting.delete(data.id);
        if ("error" in data) call.reject(new EngineError(data.error));
        else call.resolve(data.result as never);
      }
    });
    made.addEventListener("error", (event) =>
      rejectAll({ name: "Error", code: undefined, message: event.message || "The worker stopped." }),
    );
    return made;
  }

  function rejectAll(error: ShownError): void {
    for (const { reject } of waiting.values()) reject(new EngineError(error));
    waiting.clear();
  }

  function restart(): void {
    worker.terminate();
    rejectAll(cancelled);
    worker = start();
    ready = opened ? send("open", opened, {}).catch(() => undefined) : Promise.resolve();
  }

  function send(method: keyof Engine, args: readonly unknown[], options: CallOptions): Promise<unknown> {
    const { signal, onProgress } = options;
    const id = ++last;
    signal?.addEventListener("abort", () => {
      worker.postMessage({ id, abort: true } satisfies Abort);
      setTimeout(() => {
        if (waiting.has(id)) restart();
      }, patience);
    });
    return new Promise((resolve, reject) => {
      waiting.set(id, { resolve, reject, onProgress });
      worker.postMessage({ id, method, args } satisfies Request);
    });
  }

  return {
    call<Method extends keyof Engine>(
      method: Method,
      args: Parameters<Engine[Method]>,
      options: CallOptions = {},
    ) {
      const answer = ready.then(() => send(method, args, options));
      if (method === "open")
        answer.then(
          () => {
            opened = args as Parameters<Engine["open"]>;
          },
          () => undefined,
        );
      return answer as ReturnType<Engine[Method]>;
    },
  };
}
