import { describe, expect, test } from "vitest";
import { checkTaken, type Taken } from "./check-options.js";
import { GraphError } from "./errors.js";

interface Options {
  readonly norm?: "mean" | "max" | ((scores: number[]) => number);
  readonly seed?: number;
  readonly name?: string;
}

const taken: Taken<Options> = { norm: ["mean", "max"], seed: [], name: undefined };

const fault = (options: object): string | undefined => {
  try {
    checkTaken("score", options as Options, taken);
  } catch (error) {
    return GraphError.is(error) ? `${error.code}: ${error.message}` : String(error);
  }
  return undefined;
};

describe("options that types would refuse", () => {
  test.each([
    [{ nrom: "mean" }, "unknown-option: score has no option `nrom`: did you mean `norm`?"],
    [{ colour: 1 }, "unknown-option: score has no option `colour`: it has norm, seed, name."],
    [
      { norm: "meen" },
      'unknown-word: The option `norm` of score can\'t be "meen": it is one of mean, max. Did you mean `mean`?',
    ],
    [{ seed: "7" }, 'unknown-word: The option `seed` of score can\'t be "7": it is no text.'],
  ])("%j", (options, said) => {
    expect(fault(options)).toBe(said);
  });

  test("what an option may be passes", () => {
    expect(fault({ norm: "max", seed: 7, name: "any" })).toBeUndefined();
    expect(fault({ norm: () => 1 })).toBeUndefined();
    expect(fault({})).toBeUndefined();
  });
});
