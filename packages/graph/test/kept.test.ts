import { keptBy } from "@prune/graph/advanced";
import { expect, test } from "vitest";
import { atOnce } from "../src/breaths.js";
import { createCut } from "../src/cut/cut.js";
import { tracingGraph } from "../src/trace/trace.js";
import { network } from "./reference/network.js";
import { sourceOf } from "./reference/reference-graph.js";

const text = `h = MatMul(x, a[3,4])\ng = Reshape(h) {"shape":[2,2,2]}\nr = Relu(g)`;

function cutOf(places: readonly number[]) {
  const state = atOnce(tracingGraph(sourceOf(network(text, { x: [2, 3] }))));
  const names = state.value("h")?.layout?.blocks[0]?.ids;
  return createCut(
    state,
    places.map((i) => names?.[i] as number),
  );
}

test("what is left of a dim is told in the original's coordinates", () => {
  const kept = keptBy(cutOf([0, 2]));
  expect(kept("h", -1)).toEqual([1, 3]);
  expect(kept("g", 2)).toEqual([1]);
  expect(kept("g", 1)).toEqual([0, 1]);
  expect(kept("nothing", 0)).toBeUndefined();
});

test("asking changes nothing of a cut, even where rows keep different positions", () => {
  const cut = cutOf([0, 3]);
  const kept = keptBy(cut);
  expect([kept("h", 1), kept("g", 2)]).toEqual([[1, 2], [1]]);
  expect(cut.findings).toEqual([]);
});
