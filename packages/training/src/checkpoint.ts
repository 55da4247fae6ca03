import { TrainingError } from "./errors.js";

/** Where a checkpoint lies; `write` puts all of it in place at once or nothing. */
export interface CheckpointStore {
  read(): Promise<Uint8Array | undefined>;
  write(bytes: Uint8Array): Promise<void>;
}

/** A point of the curve. */
export interface CurvePoint {
  readonly step: number;
  readonly milliseconds: number;
  /** Mean loss of the steps since the point before. */
  readonly trainLoss: number | undefined;
  readonly loss: number;
  /** Share of held-out samples whose label scores highest, where there are labels. */
  readonly accuracy: number | undefined;
}

/** All that a run is, between two steps. */
export interface Snapshot {
  /** What the run was asked to do, as text: a checkpoint of another run is refused. */
  readonly run: string;
  readonly step: number;
  readonly milliseconds: number;
  readonly curve: readonly CurvePoint[];
  readonly best: { readonly step: number; readonly loss: number; readonly accuracy: number | undefined };
  /** Loss sums since the last point. */
  readonly since: readonly [sum: number, count: number];
  /** Weights and states by input, and the best weights under `best/`. */
  readonly tensors: ReadonlyMap<string, Float32Array>;
}

const magic = 0x31_4b_43_50; // "PCK1"

export function toBytes({ tensors, ...rest }: Snapshot): Uint8Array {
  const entries = [...tensors].map(([name, { length }]) => ({ name, length }));
  const head = new TextEncoder().encode(JSON.stringify({ ...rest, entries }));
  const padded = Math.ceil(head.length / 4) * 4;
  const total = entries.reduce((sum, { length }) => sum + length, 0);
  const bytes = new Uint8Array(12 + padded + 4 * total);
  new Uint32Array(bytes.buffer, 0, 3).set([magic, head.length, total]);
  bytes.set(head, 12);
  let at = 12 + padded;
  for (const data of tensors.values()) {
    bytes.set(new Uint8Array(data.buffer, data.byteOffset, data.byteLength), at);
    at += data.byteLength;
  }
  return bytes;
}

export function fromBytes(source: Uint8Array): Snapshot {
  const bytes = source.slice();
  const [mark, length = 0, total = 0] = new Uint32Array(bytes.buffer, 0, Math.min(3, bytes.length >> 2));
  if (mark !== magic) throw new TrainingError("bad-checkpoint", { why: "it is no checkpoint" });
  const padded = Math.ceil(length / 4) * 4;
  if (bytes.length !== 12 + padded + 4 * total)
    throw new TrainingError("bad-checkpoint", {
      why: `it has ${bytes.length} bytes of ${12 + padded + 4 * total}`,
    });
  const { entries, ...rest } = JSON.parse(new TextDecoder().decode(bytes.subarray(12, 12 + length))) as Omit<
    Snapshot,
    "tensors"
  > & { readonly entries: readonly { readonly name: string; readonly length: number }[] };
  const tensors = new Map<string, Float32Array>();
  let at = 12 + padded;
  for (const entry of entries) {
    tensors.set(entry.name, new Float32Array(bytes.buffer, at, entry.length));
    at += 4 * entry.length;
  }
  return { ...rest, tensors };
}
