import { shuffledBatches } from "@prune/onnx-recovery";
import { answersOf } from "@prune/onnx-recovery/advanced";
import sharp from "sharp";
import { models } from "../images.js";
import type { Prepared, Subject } from "../subject.js";

const photo = `${models}/onnx/paddleocr/sample.jpg`;

interface Plane {
  readonly data: Float32Array;
  readonly width: number;
  readonly height: number;
}

/** A part of the picture, its luma from 0 to 1. */
async function luma(part: "left" | "right"): Promise<Plane> {
  const { width = 0, height = 0 } = await sharp(photo).metadata();
  const half = 3 * Math.floor(width / 6);
  const region = {
    left: part === "left" ? 0 : half,
    top: 0,
    width: half,
    height: 3 * Math.floor(height / 3),
  };
  const rgb = await sharp(photo).extract(region).removeAlpha().raw().toBuffer();
  const data = Float32Array.from({ length: rgb.length / 3 }, (_, i) => {
    const [r = 0, g = 0, b = 0] = rgb.subarray(3 * i, 3 * i + 3);
    return (0.299 * r + 0.587 * g + 0.114 * b) / 255;
  });
  return { data, width: region.width, height: region.height };
}

/** A third of the size, every value the mean of nine. */
function shrunk({ data, width, height }: Plane): Plane {
  const [w, h] = [width / 3, height / 3];
  const small = new Float32Array(w * h);
  for (let y = 0; y < height; y++)
    for (let x = 0; x < width; x++)
      small[Math.floor(y / 3) * w + Math.floor(x / 3)]! += (data[y * width + x] as number) / 9;
  return { data: small, width: w, height: h };
}

const side = 24;

function patches({ data, width, height }: Plane): Float32Array {
  const [columns, rows] = [Math.floor(width / side), Math.floor(height / side)];
  const out = new Float32Array(columns * rows * side * side);
  for (let p = 0; p < columns * rows; p++)
    for (let y = 0; y < side; y++) {
      const from = (Math.floor(p / columns) * side + y) * width + (p % columns) * side;
      out.set(data.subarray(from, from + side), (p * side + y) * side);
    }
  return out;
}

const psnr = (values: ArrayLike<number>, truth: Float32Array): number =>
  -10 *
  Math.log10(
    truth.reduce((sum, v, i) => sum + (v - Math.min(1, Math.max(0, values[i] as number))) ** 2, 0) /
      truth.length,
  );

export const superResolution: Subject = {
  name: "super-resolution x3",
  file: "onnx/derived/supres_core_depthtospace_op18.onnx",
  async prepare({ graph }): Promise<Prepared> {
    const input = graph.inputs[0]?.name as string;
    const truth = await luma("right");
    const small = shrunk(truth);
    const feeds = {
      [input]: { type: "float32" as const, dims: [1, 1, small.height, small.width], data: small.data },
    };
    const fit = patches(shrunk(await luma("left")));
    return {
      fit: shuffledBatches(input, fit, [1, side, side], { batch: 8, seed: 1 }),
      test: (net) => answersOf(net, [feeds]),
      metric: ({ values }) => psnr(values, truth.data),
      unit: "dB",
      data: "PSNR on the right half of sample.jpg, shrunk by means of 3x3; patches of the left half fit",
    };
  },
};

const [lineHeight, lineWidth] = [48, 192];

/** Pieces of a half of the picture in the shape of a line of text, some of them upside down: values as the model takes them. */
async function lines(part: "top" | "bottom", count: number): Promise<Float32Array> {
  const { width = 0, height = 0 } = await sharp(photo).metadata();
  const half = Math.floor(height / 2);
  const each = 3 * lineHeight * lineWidth;
  const out = new Float32Array(count * each);
  for (let i = 0; i < count; i++) {
    // Low-discrepancy places: the same everywhere, and spread.
    const at = (step: number): number => ((i + 1) * step) % 1;
    const h = 24 + Math.floor(at(0.4142) * 24);
    const w = 4 * h;
    const region = {
      left: Math.floor(at(0.618) * (width - w)),
      top: (part === "top" ? 0 : half) + Math.floor(at(0.7549) * (half - h)),
      width: w,
      height: h,
    };
    const turned = i % 2 === 1 ? 180 : 0;
    const rgb = await sharp(await sharp(photo).extract(region).toBuffer())
      .rotate(turned)
      .resize(lineWidth, lineHeight, { fit: "fill" })
      .removeAlpha()
      .raw()
      .toBuffer();
    for (let p = 0; p < lineHeight * lineWidth; p++)
      for (let c = 0; c < 3; c++)
        out[i * each + c * lineHeight * lineWidth + p] = (rgb[3 * p + 2 - c] as number) / 127.5 - 1;
  }
  return out;
}

export const textDirection: Subject = {
  name: "paddleocr cls",
  file: "onnx/paddleocr/ch_ppocr_mobile_v2.0_cls_infer.onnx",
  async prepare({ graph }): Promise<Prepared> {
    const input = graph.inputs.find(({ name }) => !graph.initializers.has(name))?.name as string;
    const shape = [3, lineHeight, lineWidth];
    const test = shuffledBatches(input, await lines("bottom", 400), shape, { batch: 50, seed: 1 });
    const decision = (values: Float64Array, i: number): boolean =>
      (values[2 * i] as number) >= (values[2 * i + 1] as number);
    return {
      fit: shuffledBatches(input, await lines("top", 400), shape, { batch: 25, seed: 1 }),
      test: (net) => answersOf(net, test),
      metric: ({ values }, dense) => {
        const rows = values.length / 2;
        const same = Array.from(
          { length: rows },
          (_, i) => decision(values, i) === decision(dense.values, i),
        );
        return (100 * same.filter(Boolean).length) / rows;
      },
      unit: "%",
      data: "pieces of the lower half of sample.jpg with the original's decision; pieces of the upper half fit",
    };
  },
};
