import { expect, it, vi } from "vitest";
import { layersDone } from "../src/layers-done.js";
import { terminal } from "../src/terminal/terminal.js";

it("layers that are done tell about how long the others will take", () => {
  const told: string[] = [];
  let now = 0;
  const done = layersDone(
    (text) => told.push(text),
    () => now,
  );
  now = 2_000;
  done(1, 4);
  now = 40_000;
  done(2, 4);
  now = 300_000;
  done(3, 4);
  expect(told).toEqual([
    "recovering: 1 of 4 layers",
    "recovering: 2 of 4 layers, about 40 s left",
    "recovering: 3 of 4 layers, about 2 min left",
  ]);
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
