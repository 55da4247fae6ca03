import type { Trace } from "@prune/graph";
import type { Live } from "../../mask/live.js";
import type { Contents } from "../contents/contents.js";
import type { Draft } from "../cut/draft.js";
import type { TfNode } from "../node.js";

/** A model that is being masked. */
export interface Masking {
  readonly draft: Draft;
  readonly trace: Trace;
  /** Names of gated tensors by tensor and filling. */
  readonly gated: Map<string, string>;
  isConstant(name: string): boolean;
  /** Which cells of a tensor live; undefined when all do. */
  live(name: string): Live | undefined;
  /** A constant that a node reads, with what the cut removes of it as zero; undefined where all of it stays. */
  zeroed(node: TfNode, input: number): Contents | undefined;
}

/** Keeps what is dead out of what a node computes. */
export type Masker = (node: TfNode, masking: Masking) => void;

/** Makes a node read its input with dead cells filled; living cells stay bit for bit. */
export function gate(node: TfNode, i: number, masking: Masking, fill = 0): void {
  const { draft, gated, live } = masking;
  const name = node.inputs[i] ?? "";
  const cells = masking.isConstant(name) ? undefined : live(name);
  if (!cells) return;
  const key = `${name} ${fill}`;
  if (!gated.has(key)) {
    const bytes = cells.values.slice();
    const condition = draft.constant(`mask_of_${name}`, { shape: cells.shape, dtype: "bool" }, bytes);
    const empty = draft.constant(`fill_of_${name}`, { shape: [], dtype: "float32" }, float(fill));
    const attr = { T: { type: "DT_FLOAT" } };
    gated.set(
      key,
      draft.add({
        name: `masked_${name.replaceAll(":", "_")}`,
        op: "SelectV2",
        input: [condition, name, empty],
        attr,
      }),
    );
  }
  draft.setInput(node.name, i, gated.get(key) as string);
}

/** Makes a node read a constant with what is dead as zero. */
export function gateStored(node: TfNode, i: number, { draft, zeroed }: Masking): void {
  const contents = zeroed(node, i);
  if (!contents) return;
  const { shape, data } = contents;
  const bytes = new Uint8Array(Float32Array.from(data as ArrayLike<number>).buffer);
  draft.setInput(node.name, i, draft.constant(`living_of_${node.name}`, { shape, dtype: "float32" }, bytes));
}

const float = (value: number): Uint8Array => new Uint8Array(Float32Array.of(value).buffer);
