/** Something written in full under a temporary name. */
export interface Staged {
  /** What it will be called. */
  readonly path: string;
  /** Of all its files. */
  readonly bytes: number;
  /** Gives it its name, in place of what has it. */
  publish(): Promise<void>;
  /** Removes it; nothing after `publish`. */
  discard(): Promise<void>;
}

/**
 * Publishes what was staged, in order: what others refer to comes first. What comes after one that fails is discarded.
 */
export async function publishAll(staged: readonly Staged[]): Promise<void> {
  for (const [i, one] of staged.entries()) {
    try {
      await one.publish();
    } catch (error) {
      await discardAll(staged.slice(i));
      if (error instanceof Error && i > 0)
        error.message += ` Written before: ${staged
          .slice(0, i)
          .map(({ path }) => path)
          .join(", ")}.`;
      throw error;
    }
  }
}

/** Removes files that were staged and will not be published; what they were to replace stays. */
export async function discardAll(staged: readonly Staged[]): Promise<void> {
  for (const one of staged) await one.discard();
}
