import { checkPlan, SweepError } from "@prune/sweep";
import { describe, expect, test } from "vitest";
import { searchOf } from "../src/search/search-of.js";

const models = ["model.onnx"];
const codeOf = (json: unknown): unknown => {
  try {
    searchOf(checkPlan(json));
    return "no error";
  } catch (error) {
    return error instanceof SweepError ? (error as SweepError<"bad-plan">).detail : error;
  }
};

describe("a plan", () => {
  test("is refused with the place of what is wrong in it", () => {
    const cases: [unknown, string, RegExp][] = [
      [[], "", /object/],
      [{ models: [], grid: { ratio: [0.1] } }, "models", /name models/],
      [{ models }, "", /exactly one of/],
      [{ models, grid: { ratio: [0.1] }, list: [{}] }, "grid", /exactly one of/],
      [{ models, grid: { ratio: 0.1 } }, "grid.ratio", /list of values/],
      [{ models, grid: { ratio: [0.1], "target.macs": [0.5] } }, "grid", /exclude each other/],
      [{ models, grid: { ratio: [1.5] } }, "grid (ratio: 1.5)", /ratio must be/],
      [{ models, grid: { ratoi: [0.5] } }, "grid (ratoi: 0.5)", /no option "ratoi"/],
      [{ models, list: [{ ratio: 0.1 }, { importance: "l9" }] }, "list[1]", /importance/],
      [{ models, list: [{ latencyTable: "t.json" }] }, "list[0].latencyTable", /machine/],
      [{ models, list: [{ target: { latency: 0.5 } }] }, "list[0].target.latency", /milliseconds/],
      [
        { models, random: { space: { ratio: { from: 0.5, to: 0.1 } }, count: 3 } },
        "random.space.ratio",
        /larger/,
      ],
      [{ models, random: { space: { ratio: [0.1] }, count: 0 } }, "random.count", /from 1/],
      [{ models, random: { space: { ratio: [0.1] }, count: 1e9 } }, "random.count", /100000/],
      [
        { models, bayes: { space: { ratio: { from: 0.1, to: 1.5 } }, count: 3 } },
        "bayes.space.ratio",
        /ratio must be/,
      ],
      [{ models, list: [{ train: "10m" }] }, "list[0].train", /epochs/],
      [{ models, list: [{ train: "epochs=2,time=5m" }] }, "list[0].train", /epochs/],
      [{ models, list: [{ train: { time: 1000, epochs: 2 } }] }, "list[0].train", /epochs/],
      [{ models, list: [{ learnGates: "5m" }] }, "list[0].learnGates", /steps/],
      [{ models, list: [{ dataConfig: { tokenizer: "/x" } }] }, "list[0].dataConfig.tokenizer", /folder/],
      [
        { models, list: [{}], judge: { data: "x.txt", dataConfig: { tokenizer: "t" } } },
        "judge.dataConfig.tokenizer",
        /folder/,
      ],
      [{ models, list: [{ output: "/etc/passwd" }] }, "list[0]", /no option "output"/],
      [{ models, list: [{}], measure: ["accuracy"] }, "measure", /judge/],
      [{ models, list: [{}], measure: ["size"] }, "measure[0]", /one of/],
      [{ models, list: [{}], front: ["gzip"] }, "front", /not among/],
      [{ models, list: [{}], halving: { samples: [64] } }, "halving.samples", /two rounds/],
      [
        { models, list: [{}], halving: { samples: [64, 32] }, judge: { data: "x" } },
        "halving.samples[1]",
        /more than/,
      ],
      [{ models, list: [{}], seconds: 0 }, "seconds", /above 0/],
      [{ models, list: [{}], code: "rm" }, "", /no "code"/],
      [
        JSON.parse('{ "models": ["m.onnx"], "list": [{ "__proto__": { "ratio": 0.5 } }] }'),
        "list[0]",
        /no option/,
      ],
    ];
    for (const [json, at, why] of cases)
      expect(codeOf(json)).toEqual({ at, why: expect.stringMatching(why) });
  });

  test("of too many combinations is refused before they are made", () => {
    const many = Array.from({ length: 1000 }, (_, i) => i);
    expect(codeOf({ models, grid: { seed: many, roundTo: many } })).toMatchObject({ at: "grid" });
  });

  test("measures what it has samples for, and its front is of cost and worth", () => {
    expect(checkPlan({ models, list: [{}] })).toMatchObject({
      measure: ["bytes", "macs"],
      front: ["macs", "bytes"],
    });
    expect(checkPlan({ models, list: [{}], judge: { data: "d.npz", labels: "y" } })).toMatchObject({
      measure: ["bytes", "macs", "agreement", "accuracy"],
      front: ["macs", "accuracy"],
    });
  });
});
