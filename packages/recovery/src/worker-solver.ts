import { RecoveryError } from "./errors.js";
import type { Kernel } from "./kernel.js";
import { kernelText } from "./open-kernel.js";
import type { Solver } from "./solver.js";

type Request =
  | {
      readonly id: number;
      readonly task: "factor";
      readonly key: number;
      a: Float64Array;
      n: number;
      extra: number;
    }
  | { readonly id: number; readonly task: "solve"; readonly key: number; rows: Float64Array; q: number }
  | { readonly id: number; readonly task: "release"; readonly key: number }
  | {
      readonly id: number;
      readonly task: "multiply";
      rows: Float64Array;
      q: number;
      a: Float64Array;
      n: number;
    };

interface Answer {
  readonly id: number;
  /** Undefined where the matrix is not finite. */
  readonly value: number | Float64Array | undefined;
}

interface Port {
  on(event: "message", listener: (request: Request) => void): void;
  postMessage(answer: Answer, transfer: readonly ArrayBuffer[]): void;
}

/**
 * What a worker does. Runs from its text, so it refers to nothing outside, and has no syntax that a build turns into
 * calls of helpers (`?.`, `??`).
 */
function serve(create: () => Kernel, port: Port): void {
  const kernel = create();
  const factors = new Map<number, { readonly l: Float64Array; readonly n: number }>();
  const rowsOf = (id: number, value: Float64Array): void =>
    port.postMessage({ id, value }, [value.buffer as ArrayBuffer]);
  port.on("message", (request) => {
    const { id } = request;
    if (request.task === "factor") {
      const found = kernel.factorShifted(request.a, request.n, request.extra);
      if (found) factors.set(request.key, { l: found.l, n: request.n });
      port.postMessage({ id, value: found ? found.added : undefined }, []);
    } else if (request.task === "solve") {
      const known = factors.get(request.key);
      if (known) kernel.solve(known.l, known.n, request.rows, request.q);
      rowsOf(id, request.rows);
    } else if (request.task === "multiply")
      rowsOf(id, kernel.multiply(request.rows, request.q, request.a, request.n));
    else factors.delete(request.key);
  });
}

type Threads = typeof import("node:worker_threads");
type System = typeof import("node:os");

/** A module of Node; undefined elsewhere, without an import that a bundler would follow. */
function builtin(name: string): object | undefined {
  return typeof process === "undefined" ? undefined : process.getBuiltinModule?.(name);
}

/** At most this many threads: a layer is fitted with a handful of ridges. */
const mostThreads = 4;

/** Solves in worker threads; undefined where there are none. */
export function workerSolver(): Solver | undefined {
  const threads = builtin("node:worker_threads") as Threads | undefined;
  const os = builtin("node:os") as System | undefined;
  if (!threads || !os) return undefined;
  const text = `const __name = (f) => f; (${serve})(${kernelText()}, require("node:worker_threads").parentPort);`;
  const count = Math.max(1, Math.min(mostThreads, os.availableParallelism()));
  const workers = Array.from({ length: count }, () => openWorker(threads, text));
  const idlest = (): Thread => workers.reduce((best, w) => (w.pending() < best.pending() ? w : best));
  let keys = 0;
  return {
    async factor(a, n, extra) {
      const worker = idlest();
      const key = keys++;
      const added = await worker.ask({ task: "factor", key, a, n, extra });
      if (typeof added !== "number") throw new RecoveryError("not-finite", { what: "The moments" });
      return {
        added,
        solve: async (rows, q) => (await worker.ask({ task: "solve", key, rows, q })) as Float64Array,
        release: () => worker.tell({ task: "release", key }),
      };
    },
    multiply: async (rows, q, a, n) =>
      (await idlest().ask({ task: "multiply", rows, q, a, n })) as Float64Array,
    async close() {
      await Promise.all(workers.map((worker) => worker.close()));
    },
  };
}

type Message = Request extends infer R ? (R extends Request ? Omit<R, "id"> : never) : never;

interface Thread {
  ask(message: Message): Promise<Answer["value"]>;
  tell(message: Message): void;
  pending(): number;
  close(): Promise<void>;
}

function openWorker({ Worker }: Threads, text: string): Thread {
  const worker = new Worker(text, { eval: true });
  // A process that forgets to close may end all the same; while an answer is awaited it must not.
  worker.unref();
  const waiting = new Map<number, { resolve(value: Answer["value"]): void; reject(error: Error): void }>();
  let ids = 0;
  let lost: RecoveryError | undefined;
  const lose = (reason: string): void => {
    lost ??= new RecoveryError("worker-lost", { reason });
    for (const { reject } of waiting.values()) reject(lost);
    waiting.clear();
  };
  worker.on("message", ({ id, value }: Answer) => {
    waiting.get(id)?.resolve(value);
    waiting.delete(id);
    if (waiting.size === 0) worker.unref();
  });
  worker.on("error", (error) => lose(error.message));
  worker.on("exit", (code) => lose(`code ${code}`));
  return {
    ask: (message) =>
      new Promise((resolve, reject) => {
        if (lost) return reject(lost);
        const id = ids++;
        waiting.set(id, { resolve, reject });
        worker.ref();
        worker.postMessage({ ...message, id });
      }),
    tell(message) {
      if (!lost) worker.postMessage({ ...message, id: -1 });
    },
    pending: () => waiting.size,
    async close() {
      await worker.terminate();
    },
  };
}
