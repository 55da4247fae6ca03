import { findingsOf } from "@prune/testing";
import { randomNetwork } from "@prune/testing/advanced";
import { beforeAll, describe, expect, it } from "vitest";
import { useBackend } from "../../tfjs/test/use-backend.js";
import { onnxNet } from "./onnx-net.js";
import { graphSubject, layersSubject, onnxSubject } from "./subjects.js";

beforeAll(() => useBackend("cpu"));

/** How many units may leave the ONNX model of a network. */
function unitsOf(build: ReturnType<typeof randomNetwork>): number {
  const net = onnxNet();
  const trace = onnxSubject.backend.trace(net.model(build(net)));
  return trace.families.reduce((n, { units }) => n + units.length, 0);
}

/** A mask may reach no output: what it leaves alone some network does. */
const serious = (finding: string): boolean => !finding.endsWith("so the law says little");

const seeds = Array.from({ length: 24 }, (_, i) => i + 1);

describe("random networks have as many free units in every format, and obey the law", () => {
  it.each(seeds)(
    "seed %i",
    async (seed) => {
      const channelwise = seed % 2 === 1;
      const build = randomNetwork(seed, { channelwise });
      const structure = { build, units: unitsOf(build) };
      expect((await findingsOf(onnxSubject, structure)).filter(serious)).toEqual([]);
      expect((await findingsOf(graphSubject, structure)).filter(serious)).toEqual([]);
      if (!channelwise) expect((await findingsOf(layersSubject, structure)).filter(serious)).toEqual([]);
    },
    60_000,
  );
});
