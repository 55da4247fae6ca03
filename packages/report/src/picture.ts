import type { Cost } from "@prune/graph";

/** A tensor of a picture; shapes are printed, with letters for sizes that are known only at run time. */
export interface PictureTensor {
  readonly name: string;
  readonly shape: string;
  /** After the cut, where that is another. */
  readonly after?: string;
}

/** A node of a picture. */
export interface PictureNode {
  readonly name: string;
  readonly op: string;
  /** The blocks that it lies in, outermost first: `["layer1", "0", "conv1"]`. */
  readonly path: readonly string[];
  readonly inputs: readonly string[];
  readonly outputs: readonly PictureTensor[];
  readonly parameters: readonly PictureTensor[];
  readonly attributes?: Readonly<Record<string, string>>;
  /** Multiply-accumulates of one sample, null where they can't be told, and elements of parameters. */
  readonly macs: number | null;
  readonly weights: number;
  /** After the cut; as before where there is none. */
  readonly macsAfter: number | null;
  readonly weightsAfter: number;
  /** Why axes of its parameters must stay, each reason once. */
  readonly frozen: readonly string[];
}

/** A network as plain data, for who draws it. */
export interface Picture {
  readonly format: "prune-picture/1";
  readonly model: string;
  readonly nodes: readonly PictureNode[];
  /** Pairs of places in `nodes`: the first makes a tensor that the second reads. */
  readonly edges: readonly (readonly [from: number, to: number])[];
  readonly inputs: readonly PictureTensor[];
  readonly outputs: readonly PictureTensor[];
  readonly before: Cost;
  readonly after?: Cost;
}
