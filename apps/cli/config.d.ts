/** What may be left: a share of the original, or a quantity such as "2 GMACs", "8 MB", "15 ms". */
export type Amount = number | string;

/** What `prune.config.json` may hold, or the default export of `prune.config.ts`. */
export interface PruneConfig {
  readonly $schema?: string;
  /** What to keep by. @default "l2" */
  readonly importance?: string;
  /** For random scores. @default 0 */
  readonly seed?: number;
  /** Share of the units that leaves each layer. @default 0.5 */
  readonly ratio?: number;
  /** What may be left of one resource, in place of `ratio`. */
  readonly target?:
    | { readonly macs: Amount }
    | { readonly parameters: Amount }
    | { readonly bytes: Amount }
    | { readonly gzip: Amount }
    | { readonly latency: Amount };
  /** Other ratios for layers, by name pattern; the first that fits wins. */
  readonly layerRatios?: Readonly<Record<string, number>>;
  /** Layers that are ranked together, by the scope's name. */
  readonly scopes?: Readonly<Record<string, { readonly layers: readonly string[]; readonly ratio?: number }>>;
  /** Share of the whole heads and groups that leaves. @default 0 */
  readonly heads?: number;
  /** Share of the query heads that leaves each key/value head. @default 0 */
  readonly queryHeads?: number;
  /** Share of the dims inside heads that leaves. @default `ratio` */
  readonly headDims?: number;
  /** Heads and groups may lose different positions, as many each. @default false */
  readonly ragged?: boolean;
  /** The most that any layer may lose. */
  readonly maxRatio?: number;
  /** Kept counts are multiples of this. @default 1 */
  readonly roundTo?: number;
  /** Name patterns of layers and tensors whose outputs all stay. */
  readonly ignore?: readonly string[];
  /** Rank the units of all layers together. @default false */
  readonly global?: boolean;
  /** Rank the units of layers together that are built alike. @default false */
  readonly isomorphic?: boolean;
  /** Prune in steps, each scored on what the last one left. @default 1 */
  readonly steps?: number;
  /** How much is done by when. @default "linear" */
  readonly schedule?: "linear" | "cubic" | "one-shot";
  /** Set what would leave to zero and keep the size. @default false */
  readonly mask?: boolean;
  /** Check the smaller model in the runtime before it is written. @default true */
  readonly verify?: boolean;
}
