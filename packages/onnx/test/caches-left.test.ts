import { onnx, readModel } from "@prune/onnx";
import { describe, expect, it } from "vitest";
import { cachedDecoder, decoderBytes, past, present, small } from "./exported/decoders.js";

describe("caches of a decoder whose second layer of three leaves", () => {
  const [backend, model] = [
    onnx({ io: "cache" }),
    readModel(decoderBytes((g) => cachedDecoder(g, { ...small, layers: 3 }))),
  ];
  const trace = backend.trace(model);
  const second = backend.blocks(model, trace).slice(2, 4);
  const namesOf = (layer: number): string[] =>
    ["key", "value"].flatMap((part) => [past(layer, part), present(layer, part)]);

  it("go, and those of the third become the second's", () => {
    const { goneEnds, renamedEnds } = backend.withoutBlocks(model, trace, second, "renumbered");
    expect([...(goneEnds ?? [])].sort()).toEqual(namesOf(1).sort());
    const [third, now] = [namesOf(2), namesOf(1)];
    expect(renamedEnds).toEqual(new Map(third.map((name, i) => [name, now[i]])));
  });

  it("go, and the others keep their names where these are to be held against the original's", () => {
    const { goneEnds, renamedEnds } = backend.withoutBlocks(model, trace, second, "leave");
    expect(goneEnds?.size).toBe(4);
    expect(renamedEnds?.size ?? 0).toBe(0);
  });

  it("stay where nothing frees them", () => {
    expect(backend.withoutBlocks(model, trace, second).goneEnds?.size ?? 0).toBe(0);
    const fixed = onnx();
    const from = fixed.trace(model);
    const blocks = fixed.blocks(model, from).slice(2, 4);
    expect(fixed.withoutBlocks(model, from, blocks, "renumbered").goneEnds?.size ?? 0).toBe(0);
  });
});
