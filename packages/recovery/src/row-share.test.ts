import { expect, it } from "vitest";
import { rowShare } from "./row-share.js";

it("batches give rows in proportion to their samples, and fewer where these are wide", () => {
  const share = rowShare(1000, [30, 10]);
  expect([share(0, 8), share(1, 8)]).toEqual([750, 250]);
  const width = 2 ** 28 / 4 / 100;
  expect(share(0, width)).toBeCloseTo(75);
  expect(share(1, width)).toBeCloseTo(25);
});
