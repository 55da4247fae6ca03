import { allocateUnits, rescale } from "@prune/pruner/advanced";
import { describe, expect, it } from "vitest";

describe("allocation", () => {
  it("removes where it costs least for the work it saves", () => {
    const cheap = { units: 10, costs: Array.from({ length: 9 }, (_, i) => 0.001 * (i + 1)) };
    const dear = { units: 10, costs: Array.from({ length: 9 }, (_, i) => 1 * (i + 1)) };
    const work = [
      { macs: 50, families: [0] },
      { macs: 50, families: [1] },
    ];
    expect(allocateUnits([cheap, dear], work, 60)).toEqual([8, 0]);
    expect(allocateUnits([cheap, dear], work, 100)).toEqual([0, 0]);
  });

  it("gives back what the last step took too much", () => {
    const few = { units: 4, costs: [100, 200, 300] };
    const many = { units: 40, costs: Array.from({ length: 39 }, (_, i) => 5 + 0.01 * i) };
    const work = [
      { macs: 80, families: [0] },
      { macs: 20, families: [1] },
    ];
    expect(allocateUnits([few, many], work, 99.2)).toEqual([0, 2]);
  });

  it("bends a curve through what was measured", () => {
    expect(
      rescale(
        [1, 2, 4, 8],
        [
          { removed: 2, cost: 1 },
          { removed: 4, cost: 8 },
        ],
      ),
    ).toEqual([0.5, 1, 3, 8]);
    expect(rescale([1, 2], [])).toEqual([1, 2]);
  });
});
