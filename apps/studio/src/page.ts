import type { Axis } from "@prune/graph";
import type { DescribedGroup, Picture } from "@prune/report";
import type { LitNode } from "@prune/report/view";
import type {
  Beside,
  Choice,
  Compared,
  Made,
  MakeHow,
  NamedFile,
  Numbers,
  OpenedModel,
} from "./engine/protocol.js";

/** A step of a job under way, in words. */
export interface Making {
  readonly text: string;
  /** How far it is, 0 to 1, where that is known. */
  readonly share?: number;
}

/** A link, and what it couldn't hold. */
export interface Link {
  readonly address: string;
  readonly refused?: string;
  /** The recipe of the plan, for a file. */
  readonly recipe: unknown;
}

/** All that the page shows, and what can be asked of it. */
export interface Studio {
  readonly opened: OpenedModel | undefined;
  readonly opening: string | undefined;
  readonly error: string | undefined;
  /** Why the plan of a link is not what is shown, until another choice is made. */
  readonly refused: string | undefined;
  readonly choice: Choice;
  readonly numbers: Numbers | undefined;
  /** The picture with what the choice removes. */
  readonly picture: Picture | undefined;
  /** The place of the node that is looked at. */
  readonly node: number | undefined;
  readonly axes: readonly Axis[];
  readonly root: { readonly axis: Axis; readonly indices: readonly number[] } | undefined;
  readonly group: DescribedGroup | undefined;
  readonly lit: ReadonlyMap<number, LitNode> | undefined;
  readonly made: Made | undefined;
  readonly making: Making | undefined;
  /** What is done besides cutting, and on which samples. */
  readonly how: MakeHow;
  /** What the original and what was made answer to the samples. */
  readonly beside: Beside | undefined;
  /** What half of a layer's units leaving does, by place of a node; undefined until it is measured. */
  readonly sensitivity: ReadonlyMap<number, number> | undefined;
  readonly compared: Compared | undefined;
  /** What a screen reader announces. */
  readonly spoken: string;
  open(files: readonly NamedFile[]): void;
  choose(change: Partial<Choice>): void;
  select(node: number): void;
  /** The node that makes a tensor, or the first that reads it where it is stored. */
  goToTensor(tensor: string): void;
  /** Keeps a layer whole, or lets it lose units again; by the name of a tensor of it. */
  keepWhole(tensor: string, keeps: boolean): void;
  /** Shows what leaves with some positions. */
  lightUp(axis: Axis, indices: readonly number[]): void;
  toggle(axis: Axis, index: number): void;
  clearGroup(): void;
  setHow(change: Partial<MakeHow>): void;
  make(): void;
  /** Removes what changes no output, and nothing else. */
  lossless(): void;
  /** Times both models on the graphics card. */
  timeOnGraphics(): void;
  compareOutputs(): void;
  measureSensitivity(): void;
  /** What the choice would make, as one HTML file. */
  report(): Promise<string | undefined>;
  cancel(): void;
  compare(files: readonly NamedFile[]): void;
  /** A link to the choice and its plan; where that is too long for one, to the choice alone, and why. */
  link(): Promise<Link | undefined>;
}
