import { expect, it, vi } from "vitest";
import { layersDone } from "../src/terminal/layers-done.js";
import { progressText } from "../src/terminal/progress-text.js";
import { terminal } from "../src/terminal/terminal.js";

it("layers that are done tell about how long the others will take", () => {
  let now = 0;
  const done = layersDone(() => now);
  now = 2_000;
  expect(done(1, 4)).toBe("recovering: 1 of 4 layers");
  now = 40_000;
  expect(done(2, 4)).toBe("recovering: 2 of 4 layers, about 40 s left");
  now = 300_000;
  expect(done(3, 4)).toBe("recovering: 3 of 4 layers, about 2 min left");
});

it("events of a job are said in words", () => {
  const text = progressText();
  expect(text({ step: "law" })).toBe("checking that the cut equals the mask");
  expect(text({ step: "law", detail: "looking for the runtime's own noise" })).toBe(
    "looking for the runtime's own noise",
  );
  expect(text({ step: "table", done: 3, total: 32 })).toBe("measuring operators, 3 of 32 models");
  expect(text({ step: "activations", done: 3, total: 8 })).toBe("gathering activations: 3 of 8 batches");
  expect(text({ step: "recover", done: 1, total: 8, budget: 2 })).toBe("budget 2: recovering: 1 of 8 layers");
  expect(text({ step: "evaluate", done: 1000, total: 2000 })).toBe("1,000 of 2,000 samples");
});

it("without a terminal progress is a line now and then, and none where no time was given", () => {
  vi.useFakeTimers({ toFake: ["performance"] });
  const written = { often: "", never: "" };
  const stream = (name: keyof typeof written) => ({
    write(text: string) {
      written[name] += text;
    },
  });
  const often = terminal({ write: () => {} }, stream("often"), {}, 1000);
  const never = terminal({ write: () => {} }, stream("never"), {});
  for (const [ms, text] of [
    [100, "a"],
    [950, "b"],
    [10, "c"],
    [1000, "d"],
    [5000, ""],
  ] as const) {
    vi.advanceTimersByTime(ms);
    often.progress(text);
    never.progress(text);
  }
  vi.useRealTimers();
  expect(written).toEqual({ often: "b ...\nd ...\n", never: "" });
});
