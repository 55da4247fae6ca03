import { joinModels } from "@prune/onnx/advanced";
import type { Outputs, ValuesByName } from "@prune/runtime-ort";
import { type GraphBuilder, graphBuilder } from "./graph-builder.js";
import type { Runner } from "./runner.js";

/** A stretch of a network, to be run once with every batch. */
export interface Piece {
  readonly bytes: Uint8Array;
  readonly opset: number;
  /** Tensors that the network goes on from. */
  readonly outputs: readonly string[];
  feeds(batch: number): ValuesByName;
  take(batch: number, outputs: Outputs): void;
  close(): void;
}

export interface Study {
  /** Appends what is to be known of tensors of the pieces, as outputs. */
  build(graph: GraphBuilder): void;
  /** What the appended nodes are fed. */
  feeds(batch: number): ValuesByName;
  /** Takes the appended outputs of a batch. */
  take(outputs: Outputs, batch: number): void;
}

export interface Running {
  readonly runner: Runner;
  readonly batches: number;
  readonly signal: AbortSignal | undefined;
}

/** Before the names of what is appended, which those of a network don't begin with. */
const prefix = "study::";

/**
 * One native pass over all batches: stretches of networks run with nodes appended that lay rows out, average and
 * multiply, so that what leaves the runtime is the outcome, and what the networks go on from.
 */
export async function study(
  pieces: readonly Piece[],
  { build, feeds, take }: Study,
  { runner, batches, signal }: Running,
): Promise<void> {
  try {
    const graph = graphBuilder({ prefix, ...(pieces[0] && { opset: pieces[0].opset }) });
    build(graph);
    const outputs = [...pieces.flatMap((piece) => piece.outputs), ...graph.outputs];
    const bytes = joinModels([...pieces.map((piece) => piece.bytes), graph.toBytes()], outputs);
    const session = await runner.open(bytes);
    try {
      for (let b = 0; b < batches; b++) {
        signal?.throwIfAborted();
        const all: ValuesByName = Object.assign(
          {},
          ...pieces.map((piece) => piece.feeds(b)),
          ...Object.entries(feeds(b)).map(([name, values]) => ({ [prefix + name]: values })),
        );
        const fed = session.inputNames.map((name) => [name, all[name]!] as const);
        const found = await runner.run(session, Object.fromEntries(fed));
        for (const piece of pieces) piece.take(b, found);
        take(withoutPrefix(found), b);
      }
    } finally {
      await session.release();
    }
  } finally {
    for (const piece of pieces) piece.close();
  }
}

const withoutPrefix = (outputs: Outputs): Outputs =>
  Object.fromEntries(
    Object.entries(outputs).flatMap(([name, values]) =>
      name.startsWith(prefix) ? [[name.slice(prefix.length), values]] : [],
    ),
  );
