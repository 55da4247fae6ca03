/** What a rule does, in a person's words; lists of supported operators are made from it. */
export interface Support {
  /** Which positions leave together; empty where none do. */
  readonly couples: string;
  /** Which positions must stay; empty where none must. */
  readonly freezes: string;
}

/** What couples, and what stays. */
export const says = (couples: string, freezes = ""): Support => ({ couples, freezes });
