import { expect, it } from "vitest";
import { run } from "../examples/glyphs.js";

it("trains, prunes to half the MACs, fine-tunes, saves and reloads in Node", async () => {
  const [trained, pruned, tuned, reloaded] = await run(1500, 4);
  expect(trained?.accuracy).toBeGreaterThan(0.3);
  expect(pruned?.macs).toBeLessThanOrEqual((trained?.macs ?? 0) / 2);
  expect(tuned?.macs).toBe(pruned?.macs);
  expect(tuned?.accuracy).toBeGreaterThan(pruned?.accuracy ?? 1);
  expect({ ...reloaded, stage: "" }).toEqual({ ...tuned, stage: "" });
}, 120_000);
