import type { Axis, Cost } from "@prune/graph";
import type { GroupReport } from "@prune/pruner/advanced";
import type { DescribedGroup, Picture } from "@prune/report";

/** A dropped or picked file with its path below the folder that was dropped. */
export interface NamedFile {
  readonly path: string;
  readonly file: Blob;
}

/** What a share may be of; the last two are measured when the model is made. */
export const shares = ["ratio", "macs", "parameters", "bytes", "gzip", "latency"] as const;

/** How pictures are fed: 0 to 1, −1 to 1, by ImageNet's mean and deviation, or 0 to 255. */
export type Scaling = "unit" | "symmetric" | "imagenet" | "bytes";

/** Samples of a person's own: pictures, sounds, or arrays with what else belongs to them. */
export interface Samples {
  readonly files: readonly NamedFile[];
  readonly scaling: Scaling;
  /** Values a second of the sounds that the model takes. */
  readonly rate: number;
}

/** What is done besides cutting. */
export interface MakeHow {
  readonly samples: Samples;
  /** Refit what is left to the original on the samples. */
  readonly recover: boolean;
  /** Minutes of training on the samples after that; 0 for none. */
  readonly minutes: number;
}

/** How much of what is to leave, and by what measure. */
export interface Choice {
  readonly criterion: Criterion;
  /** `ratio` is of the units of each layer; the others say what may be left, as a share of the whole. */
  readonly by: (typeof shares)[number];
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

/** What a link holds: options, and what left by them as `packedRecipe` writes it. */
export interface Linked {
  readonly choice: Choice;
  readonly plan: string;
}

/** A plan for a link, or why it can't be in one; with the recipe, which a file holds in any case. */
export type LinkedPlan = { readonly recipe: unknown } & (
  | { readonly plan: string }
  | { readonly refused: ShownError }
);

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
  /** What became of the plan of a link: it is that of the link's options now, or it was refused. */
  readonly link?: { readonly refused?: ShownError };
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
  /** What was won back, a line for each way. */
  readonly recovery: readonly string[];
  /** None where nothing was chosen, only what changes no output was removed. */
  readonly recipe?: unknown;
  readonly report: unknown;
  readonly html?: string;
}

/** The least and the most of each of some stretches of a signal, by turns. */
export type Wave = readonly number[];

/** One output of two models. */
export type ShownOutput = {
  readonly name: string;
  readonly shape: string;
  /** max |original - smaller| / max |original|. */
  readonly error: number;
} & (
  | {
      readonly kind: "scores";
      /** The place that scores highest in the smaller model. */
      readonly best: number;
      /** The original's highest, best first. */
      readonly top: readonly {
        readonly place: number;
        readonly original: number;
        readonly smaller: number;
      }[];
    }
  | { readonly kind: "pictures"; readonly original: ImageData; readonly smaller: ImageData }
  | { readonly kind: "line"; readonly original: readonly number[]; readonly smaller: readonly number[] }
  | { readonly kind: "waves"; readonly original: Wave; readonly smaller: Wave }
);

/** What two models answer to the same samples. */
export interface Beside {
  readonly samples: readonly {
    readonly label?: number;
    readonly picture: ImageData | undefined;
    /** What was fed, as the least and the most of each stretch of it, where it is a sound. */
    readonly wave: Wave | undefined;
    readonly outputs: readonly ShownOutput[];
  }[];
}

/** What differs between two models. */
export interface Compared {
  readonly name: string;
  /** The open model, with what became of it there. */
  readonly picture: Picture;
  readonly changes: readonly { readonly tensor: string; readonly before?: string; readonly after?: string }[];
}

/** What the page asks of its worker. */
export interface Engine {
  /** Opens a model; while the choice is that of the link, what leaves is what the link says, to the unit. */
  open(files: readonly NamedFile[], linked?: Linked): Promise<OpenedModel>;
  /** What a choice removes, or the recipe that was made of it, for a link. */
  link(choice: Choice, made?: unknown): Promise<LinkedPlan>;
  numbers(choice: Choice): Promise<Numbers>;
  picture(choice: Choice): Promise<Picture>;
  axes(tensors: readonly string[]): Promise<readonly Axis[]>;
  group(root: Axis, indices: readonly number[]): Promise<DescribedGroup>;
  /** What the choice would make, as one HTML file; nothing is run. */
  report(choice: Choice): Promise<string>;
  make(choice: Choice, how: MakeHow): Promise<Made>;
  /** Removes what changes no output, and nothing else. */
  lossless(): Promise<Made>;
  /**
   * Times the original and what was made last on the graphics card, one run of each in turn. The law is not judged there:
   * cards add in an order of their own, and what they round would count as a fault of the cut.
   */
  graphics(): Promise<Made["rows"][number]>;
  /** Runs the original and what was made last on the first samples. */
  beside(samples: Samples): Promise<Beside>;
  /** How much the answers suffer when half of a layer's units leave, 0 to 1, by place of a node. */
  sensitivity(choice: Choice, samples: Samples): Promise<ReadonlyMap<number, number>>;
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
