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
  end(): void;
}

/** Opens the worker that holds the model; the page itself never waits. */
export function openClient(): Client {
  const worker = new Worker(new URL("./worker.ts", import.meta.url), { type: "module" });
  const waiting = new Map<
    number,
    {
      resolve: (value: never) => void;
      reject: (error: unknown) => void;
      onProgress: CallOptions["onProgress"];
    }
  >();
  let last = 0;
  worker.addEventListener("message", ({ data }: MessageEvent<Reply>) => {
    const call = waiting.get(data.id);
    if (!call) return;
    if ("progress" in data) call.onProgress?.(data.progress);
    else {
      waiting.delete(data.id);
      if ("error" in data) call.reject(new EngineError(data.error));
      else call.resolve(data.result as never);
    }
  });
  worker.addEventListener("error", (event) => {
    for (const { reject } of waiting.values())
      reject(
        new EngineError({ name: "Error", code: undefined, message: event.message || "The worker stopped." }),
      );
    waiting.clear();
  });
  return {
    call(method, args, { signal, onProgress } = {}) {
      const id = ++last;
      signal?.addEventListener("abort", () => worker.postMessage({ id, abort: true } satisfies Abort));
      return new Promise((resolve, reject) => {
        waiting.set(id, { resolve, reject, onProgress });
        worker.postMessage({ id, method, args } satisfies Request);
      }) as ReturnType<Engine[typeof method]>;
    },
    end: () => worker.terminate(),
  };
}
