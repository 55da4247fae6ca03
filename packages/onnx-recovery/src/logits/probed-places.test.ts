import { describe, expect, it } from "vitest";
import type { Moved } from "./channels.js";
import { probedPlaces } from "./probed-places.js";

const channels = [0, 1, 2, 3];
const moved = (dims: readonly number[], list: readonly number[]): Moved => ({
  tensor: "q",
  layer: "layer",
  dims,
  channels: Int32Array.from(list),
  scale: 1,
});
const held = ({ channels: all }: Moved, places: readonly number[] | undefined) =>
  places?.map((place) => Array.from(all.subarray(place, place + 2)));
const [a, b] = [channels.slice(0, 2), channels.slice(2)];

describe("the channels of a matrix of queries or keys", () => {
  it("are those of the probe's at the same place, in batches of any size, heads first or last", () => {
    const last = moved([3, 2, 1, 2], [...channels, ...channels, ...channels]);
    expect(held(last, probedPlaces(last, [2, 2, 5, 2]))).toEqual([a, b, a, b]);
    const first = moved([2, 3, 1, 2], [...a, ...a, ...a, ...b, ...b, ...b]);
    expect(held(first, probedPlaces(first, [2, 3, 1, 2]))).toEqual([a, a, a, b, b, b]);
    expect(held(first, probedPlaces(first, [2, 1, 4, 2]))).toEqual([a, b]);
    expect(held(first, probedPlaces(first, [2, 4, 1, 2]))).toEqual([a, a, a, a, b, b, b, b]);
  });

  it("are not known where heads and samples lie in one dim whose size is another", () => {
    const flat = moved([4, 1, 2], [...a, ...a, ...b, ...b]);
    expect(held(flat, probedPlaces(flat, [4, 3, 2]))).toEqual([a, a, b, b]);
    expect(probedPlaces(flat, [2, 1, 2])).toBeUndefined();
  });
});
