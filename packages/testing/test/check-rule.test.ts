import type { Rule } from "@prune/graph";
import { checkRule, type RuleSubject } from "@prune/testing";
import type { RuleTensor } from "@prune/testing/advanced";
import { describe, expect, it } from "vitest";

const each =
  (of: (x: number) => number): RuleSubject["compute"] =>
  ([x]) => [{ shape: (x as RuleTensor).shape, data: (x as RuleTensor).data.map(of) }];
const same: Rule = (_, kit) => kit.layout(0);

/** y = x * gain, a gain for each channel. */
const scale: RuleSubject["compute"] = ([x, gain]) => {
  const { shape, data } = x as RuleTensor;
  const [, channels = 1] = shape;
  if (gain?.data.length !== channels) throw new TypeError("the gains don't fit");
  return [{ shape, data: data.map((value, i) => value * (gain.data[i % channels] as number)) }];
};

describe("checkRule", () => {
  it("finds nothing where a rule says what the operator does", () => {
    expect(checkRule({ rule: same, compute: each((x) => 1 / (1 + Math.exp(-x))) })).toEqual([]);
    const meets: Rule = (_, kit) =>
      kit.meet(
        [
          [kit.layout(0), ["n", "c"]],
          [kit.own(1)!, ["c"]],
        ],
        ["n", "c"],
      );
    expect(checkRule({ rule: meets, compute: scale, parameters: [[6]] })).toEqual([]);
  });

  it("follows channels wherever they lie, and operators that move them", () => {
    const turned: Rule = (_, kit) => kit.permute(kit.layout(0), [0, 2, 1]);
    const turn: RuleSubject["compute"] = ([x]) => {
      const { shape, data } = x as RuleTensor;
      const [n = 0, a = 0, b = 0] = shape;
      const out = new Float32Array(data.length);
      for (let i = 0; i < n; i++)
        for (let j = 0; j < a; j++)
          for (let k = 0; k < b; k++) out[(i * b + k) * a + j] = data[(i * a + j) * b + k] as number;
      return [{ shape: [n, b, a], data: out }];
    };
    expect(checkRule({ rule: turned, compute: turn, shape: [2, 6, 5], read: 2 })).toEqual([]);
    const forgotten = checkRule({ rule: same, compute: turn, shape: [2, 6, 5], read: 2 });
    expect(forgotten.join()).toMatch(/the rule says the shape \[2,6,5\], and the operator makes \[2,5,6\]/);
  });

  it("tells a rule that leaves out what channels do to each other", () => {
    const softmax: RuleSubject["compute"] = ([x]) => {
      const { shape, data } = x as RuleTensor;
      const [rows = 1, size = 1] = shape;
      const out = data.map(Math.exp);
      for (let r = 0; r < rows; r++) {
        const sum = out.subarray(r * size, (r + 1) * size).reduce((a, b) => a + b, 0);
        for (let i = 0; i < size; i++) out[r * size + i] = (out[r * size + i] as number) / sum;
      }
      return [{ shape, data: out }];
    };
    expect(checkRule({ rule: same, compute: softmax }).join()).toMatch(/cut and mask differ/);
  });

  it("tells a rule that leaves a stored input whole, and one that pins all", () => {
    const whole = checkRule({ rule: same, compute: scale, parameters: [[6]] });
    expect(whole.join()).toMatch(/can't run: the gains don't fit/);
    expect(checkRule({ rule: (_, kit) => kit.opaque("no idea"), compute: each((x) => x) }).join()).toMatch(
      /nothing may leave/,
    );
  });
});
