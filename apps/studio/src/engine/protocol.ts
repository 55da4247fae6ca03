import type { Axis, Cost } from "@prune/graph";
import type { GroupReport } from "@prune/pruner";
import type { DescribedGroup, Picture } from "@prune/report";

/** A dropped or picked file with its path below the folder that was dropped. */
export interface NamedFile {
  readonly path: string;
  readonly file: Blob;
}

/** How much of what is to leave, and by what measure. */
export interface Choice {
  readonly criterion: Criterion;
  /** `ratio` is of the units of each layer; the others say what may be left, as a share of the whole. */
  readonly by: "ratio" | "macs" | "parameters" | "bytes";
  /** The share that leaves, 0 to 0.95. */
  readonly amount: number;
  /** Rank the units of all layers together. */
  readonly global: boolean;
  /** Shares of whole heads, and of the dims inside them. */
  readonly heads: number;
  readonly headDims: number;
  readonly roundTo: number;
  /** Patterns of layers that stay whole. */
  readonly ignore: readonly string[];
}

export const criteria = ["l2", "l1", "lamp", "fpgm", "bn-scale", "random"] as const;
export type Criterion = (typeof criteria)[number];

/** What is known of a model as soon as it is open. */
export interface OpenedModel {
  readonly name: string;
  readonly format: string;
  readonly picture: Picture;
  readonly cost: Cost;
  /** The sizes that MACs are counted at, where the model leaves some open. */
  readonly counted?: string;
  /** Parameters that some unit may take along. */
  readonly prunable: { readonly parameters: number; readonly share: number };
  readonly frozen: readonly { readonly reason: string; readonly axes: number; readonly example: string }[];
  /** Kinds of units that it has. */
  readonly has: { readonly heads: boolean; readonly headDims: boolean };
  readonly milliseconds: number;
}

/** What a choice leaves. */
export interface Numbers {
  readonly before: Cost;
  readonly after: Cost;
  readonly removed: number;
  readonly layers: readonly GroupReport[];
  /** The sizes that MACs are counted at, where the model leaves some open. */
  readonly counted?: string;
  /** Why nothing leaves, or why the target can't be met. */
  readonly note?: string;
  readonly milliseconds: number;
}

/** A smaller model with all that is to be said of it. */
export interface Made {
  readonly files: readonly { readonly path: string; readonly bytes: Uint8Array }[];
  readonly rows: readonly {
    readonly what: string;
    readonly before: string;
    readonly after: string;
    readonly change?: string;
  }[];
  readonly holds: boolean;
  /** The sizes that MACs are counted at, where the model leaves some open. */
  readonly counted?: string;
  /** What was proven, in a line. */
  readonly proof: string;
  readonly recovery?: string;
  readonly recipe: unknown;
  readonly report: unknown;
  readonly html: string;
}

/** What differs between two models. */
export interface Compared {
  readonly name: string;
  readonly picture?: Picture;
  readonly changes: readonly { readonly tensor: string; readonly before?: string; readonly after?: string }[];
}

/** What the page asks of its worker. */
export interface Engine {
  open(files: readonly NamedFile[]): Promise<OpenedModel>;
  numbers(choice: Choice): Promise<Numbers>;
  picture(choice: Choice): Promise<Picture>;
  axes(tensors: readonly string[]): Promise<readonly Axis[]>;
  group(root: Axis, indices: readonly number[]): Promise<DescribedGroup>;
  /** What the choice would make, as one HTML file; nothing is run. */
  report(choice: Choice): Promise<string>;
  make(choice: Choice, samples: readonly NamedFile[]): Promise<Made>;
  compare(files: readonly NamedFile[]): Promise<Compared>;
}

/** An error of any package, as it crosses to the page. */
export interface ShownError {
  readonly name: string;
  readonly code: string | undefined;
  readonly message: string;
}

export type Request = {
  readonly id: number;
  readonly method: keyof Engine;
  readonly args: readonly unknown[];
};
export type Abort = { readonly id: number; readonly abort: true };
export type Reply =
  | { readonly id: number; readonly result: unknown }
  | { readonly id: number; readonly error: ShownError }
  | { readonly id: number; readonly progress: unknown };
