import type { KeepReport } from "@prune/workflow/advanced";
import { describe, expect, it } from "vitest";
import { curveSvg } from "../src/keep/curve-svg.js";

const sized = { macs: 1, parameters: 1, bytes: 1 };
const share = (value: number, standardError = 0.02) => ({ agreement: { value, standardError } });
const report = {
  measure: "agreement",
  least: 0.97,
  resource: "macs",
  original: { ...sized, ...share(1, 0) },
  points: [
    { ...sized, ...share(0.99), target: 0.5, left: 0.5, holds: true },
    { ...sized, ...share(0.92), target: 0.3, left: 0.3, holds: false },
  ],
  confirmations: [{ ...share(0.98), target: 0.5, left: 0.5, holds: true }],
  samples: { recovery: 10, judging: 20, confirming: 30 },
} as const satisfies KeepReport;

describe("the curve as a picture", () => {
  const svg = curveSvg(report);

  it("has an axis that ends at 100 % of a share, and nothing above it", () => {
    const labels = [...svg.matchAll(/text-anchor="end">([\d.]+)</g)].map(([, label]) => Number(label));
    expect(labels).toEqual([84, 88, 92, 96, 100]);
    const tops = [...svg.matchAll(/<path d="M[\d.]+ [\d.]+V([\d.]+)M/g)].map(([, top]) => Number(top));
    expect(tops).toHaveLength(3);
    expect(Math.min(...tops)).toBe(46);
  });

  it("shows every budget, and what confirmed it on how many samples", () => {
    expect(svg.match(/<circle [^>]*r="3"/g)).toHaveLength(3 + 2);
    expect(svg.match(/<rect x=/g)).toHaveLength(1);
    expect(svg).toMatch(/not held, on the 20 samples of the search/);
    expect(svg).toMatch(/on 30 samples without a part in it/);
  });
});
