import { randomStream } from "@prune/samples";
import { expect, test } from "vitest";
import { constant, cosine, crop, cutout, flip, mixup, steps, warmUp } from "../src/index.js";

const images = (count: number) => ({
  data: Float32Array.from({ length: count * 2 * 3 * 4 }, (_, i) => i + 1),
  count,
  channels: 2,
  height: 3,
  width: 4,
});

test("flip mirrors from left to right, all channels of an image or none", () => {
  const all = images(1);
  flip({ share: 1 })(all, randomStream(1));
  expect([...all.data.slice(0, 8)]).toEqual([4, 3, 2, 1, 8, 7, 6, 5]);
  const some = images(64);
  flip()(some, randomStream(1));
  const turned = Array.from(
    { length: 64 },
    (_, n) => (some.data[n * 24] as number) > (some.data[n * 24 + 1] as number),
  );
  const [first, second] = [0, 12].map((at) =>
    Array.from(
      { length: 64 },
      (_, n) => (some.data[n * 24 + at] as number) > (some.data[n * 24 + at + 1] as number),
    ),
  );
  expect(first).toEqual(second);
  expect(turned.filter(Boolean).length).toBeGreaterThan(16);
  expect(turned.filter(Boolean).length).toBeLessThan(48);
});

test("crop moves whole images and fills with zeros", () => {
  const moved = images(32);
  crop({ pixels: 1 })(moved, randomStream(1));
  for (let n = 0; n < 32; n++) {
    const own = moved.data.subarray(n * 24, (n + 1) * 24);
    const shifts = [-1, 0, 1].flatMap((dy) => [-1, 0, 1].map((dx) => [dy, dx] as const));
    const expected = ([dy, dx]: readonly [number, number]) =>
      Array.from({ length: 24 }, (_, i) => {
        const [c, y, x] = [Math.floor(i / 12), Math.floor((i % 12) / 4) + dy, (i % 4) + dx];
        return y < 0 || y > 2 || x < 0 || x > 3 ? 0 : n * 24 + c * 12 + y * 4 + x + 1;
      });
    expect(shifts.some((shift) => expected(shift).every((v, i) => v === own[i]))).toBe(true);
  }
});

test("cutout blanks the same square in every channel", () => {
  const cut = images(1);
  cutout({ size: 2 })(cut, randomStream(3));
  const zeros = [...cut.data].flatMap((v, i) => (v === 0 ? [i] : []));
  expect(zeros.length).toBeGreaterThan(0);
  expect(zeros.length).toBeLessThanOrEqual(8);
  expect(zeros.filter((i) => i < 12).map((i) => i + 12)).toEqual(zeros.filter((i) => i >= 12));
});

test("mixup blends an image with another, by one part in all places", () => {
  const mixed = images(8);
  mixup()(mixed, randomStream(2));
  const moved = Array.from({ length: 8 }, (_, n) => {
    const own = mixed.data.subarray(n * 24, (n + 1) * 24);
    const shift = (own[0] as number) - (n * 24 + 1);
    own.forEach((value, i) => {
      expect(value).toBeCloseTo(n * 24 + i + 1 + shift, 3);
    });
    expect(own[0] as number).toBeGreaterThanOrEqual(1);
    expect(own[0] as number).toBeLessThanOrEqual(7 * 24 + 1);
    return Math.abs(shift) > 0.1;
  });
  expect(moved.filter(Boolean).length).toBeGreaterThan(3);
  const same = images(8);
  mixup({ share: 0 })(same, randomStream(2));
  expect(same.data).toEqual(images(8).data);
});

test("schedules", () => {
  expect(constant()(0.7)).toBe(1);
  expect([0, 0.5, 1].map((done) => cosine()(done))).toEqual([1, expect.closeTo(0.5), expect.closeTo(0)]);
  expect(cosine({ floor: 0.1 })(1)).toBeCloseTo(0.1);
  expect([0.1, 0.6, 0.9].map((done) => steps()(done))).toEqual([1, 0.1, expect.closeTo(0.01)]);
  const rising = warmUp(0.2, constant());
  expect(rising(0)).toBeLessThan(0.01);
  expect(rising(0.1)).toBeCloseTo(0.5, 1);
  expect(rising(0.5)).toBe(1);
});
