import { RuntimeError } from "../error.js";

/** The time that a check of the law may take. */
export interface Budget {
  readonly seconds: number;
  /** Seconds since it began. */
  spent(): number;
  /** After the first input, no other is begun any more. */
  isOver(): boolean;
  /**
   * Called before each run.
   * @throws RuntimeError `law-late` when the time is over and it is a limit.
   */
  spend(): void;
}

export interface BudgetOptions {
  /**
   * Seconds that a check should take at most, from opening the original to the last comparison: it goes on with fewer inputs
   * as time runs out, one at least, however long that takes. @default 60, or half of the limit
   */
  readonly seconds?: number | undefined;
  /** Seconds after which it ends with the error `law-late`, when the run under way ends. @default none */
  readonly limit?: number | undefined;
}

/** The same for what has to be run on all inputs that it has got. */
export const onAll = (budget: Budget | undefined): Budget | undefined =>
  budget && { ...budget, isOver: () => false };

/** @param already seconds that were spent before it */
export function openBudget(
  { limit = Infinity, seconds = Math.min(60, limit / 2) }: BudgetOptions,
  already = 0,
): Budget {
  const began = performance.now();
  const spent = (): number => already + (performance.now() - began) / 1000;
  return {
    seconds,
    spent,
    isOver: () => spent() > seconds,
    spend() {
      if (spent() > limit) throw new RuntimeError("law-late", { limit });
    },
  };
}
