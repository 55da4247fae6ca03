/** Something that keeps a cut from being made. */
export interface Finding {
  readonly kind: "empty" | "irregular" | "row" | "index" | "frozen";
  readonly text: string;
  readonly tensor: string | undefined;
  /** Names involved: removing fewer of their atoms mends it. */
  readonly ids: Int32Array;
}
