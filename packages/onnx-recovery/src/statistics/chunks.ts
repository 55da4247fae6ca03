import type { ValuesByName } from "@prune/runtime-ort";
import { floatValues } from "../walk/graph-builder.js";

/** Rows of several tensors that lie side by side, float32, in pieces of one batch or more. */
export interface Chunks {
  add(rows: ValuesByName, count: number): void;
  all(): readonly Chunk[];
}

export interface Chunk {
  readonly count: number;
  /** The rows by name. */
  readonly feeds: ValuesByName;
}

/** Small batches are joined until they have this many rows, so that statistics are added up less often. */
const enough = 1024;

export function chunks(): Chunks {
  const whole: Chunk[] = [];
  let open: { readonly rows: ValuesByName; readonly count: number }[] = [];
  let waiting = 0;
  const close = (): void => {
    if (open.length > 0) whole.push(joined(open, waiting));
    open = [];
    waiting = 0;
  };
  return {
    add(rows, count) {
      open.push({ rows, count });
      waiting += count;
      if (waiting >= enough) close();
    },
    all() {
      close();
      return whole;
    },
  };
}

function joined(parts: readonly { readonly rows: ValuesByName }[], count: number): Chunk {
  const [first] = parts as [(typeof parts)[0]];
  const feeds = Object.create(null) as Record<string, ValuesByName[string]>;
  for (const [name, tensor] of Object.entries(first.rows)) {
    if (parts.length === 1) {
      feeds[name] = tensor;
      continue;
    }
    const width = tensor.dims[1] as number;
    const data = new Float32Array(count * width);
    let at = 0;
    for (const { rows } of parts) {
      const piece = rows[name]?.data as Float32Array;
      data.set(piece, at);
      at += piece.length;
    }
    feeds[name] = floatValues(data, [count, width]);
  }
  return { count, feeds };
}
