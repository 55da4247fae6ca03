import "@tensorflow/tfjs-backend-cpu";
import * as tf from "@tensorflow/tfjs-core";
import { beforeAll, describe, expect, it } from "vitest";
import { patchesOf } from "./patches.js";

beforeAll(async () => {
  tf.env().set("PROD", true);
  await tf.setBackend("cpu");
});

const numbers = (shape: number[]): tf.Tensor =>
  tf.tensor(
    Array.from({ length: shape.reduce((a, b) => a * b, 1) }, (_, i) => Math.sin(1.7 * i)),
    shape,
  );

const cases = [1, 2, 3].flatMap((stride) =>
  [1, 2].flatMap((dilation) => (["same", "valid"] as const).map((pads) => ({ stride, dilation, pads }))),
);

describe("rows that a convolution multiplies", () => {
  it.each(cases.filter(({ stride, dilation }) => stride === 1 || dilation === 1))(
    "give what it gives: stride $stride, dilation $dilation, $pads",
    ({ stride, dilation, pads }) => {
      const [x, kernel] = [numbers([2, 9, 8, 3]), numbers([3, 2, 3, 4])];
      const window = { kernel: [3, 2], strides: [stride, stride], dilations: [dilation, dilation], pads };
      const { count, rows } = patchesOf(x, window);
      const seen = rows(Int32Array.from({ length: count }, (_, i) => i));
      const got = tf.matMul(seen, tf.reshape(kernel, [18, 4])).dataSync();
      const want = tf
        .conv2d(x as tf.Tensor4D, kernel as tf.Tensor4D, stride, pads, "NHWC", dilation)
        .dataSync();
      expect(got.length).toBe(want.length);
      want.forEach((value, i) => {
        expect(Math.abs((got[i] as number) - value)).toBeLessThan(1e-4);
      });
    },
  );
});
