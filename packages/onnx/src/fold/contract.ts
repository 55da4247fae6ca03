import type { Tensor } from "../tensor.js";
import { allocate, count, largestOutput, largestWork, settled } from "./data.js";
import { offsets, steps, stridesOf } from "./grid.js";
import { refuse } from "./refuse.js";

/** A tensor with a label on every axis; axes with the same label run together. */
export interface Labelled {
  readonly tensor: Tensor;
  readonly labels: readonly string[];
}

/** Multiplies tensors along shared labels and sums over the labels that are not in `out`. */
export function contract(operands: readonly Labelled[], out: readonly string[]): Tensor {
  const sizes = sizesOf(operands);
  const summed = [...sizes.keys()].filter((label) => !out.includes(label));
  const size = (label: string) => sizes.get(label) ?? refuse(`no operand has the label ${label}`);
  const shape = out.map(size);
  const width = count(summed.map(size));
  if (width > largestOutput || count(shape) * width > largestWork) refuse("too large a product");
  const dtype = operands[0]!.tensor.dtype;
  const data = allocate(dtype, count(shape));
  const factors = operands.map((operand) => ({
    values: operand.tensor.data,
    starts: along(operand, out, sizes),
    inner: along(operand, summed, sizes),
  }));
  const [a, b] = factors;
  for (let i = 0; i < data.length; i++) {
    let total = 0;
    if (a && b && factors.length === 2) {
      const [left, right] = [a.starts[i]!, b.starts[i]!];
      for (let k = 0; k < width; k++) {
        total += a.values[left + a.inner[k]!]! * b.values[right + b.inner[k]!]!;
      }
    } else {
      for (let k = 0; k < width; k++) {
        let product = 1;
        for (const factor of factors) product *= factor.values[factor.starts[i]! + factor.inner[k]!]!;
        total += product;
      }
    }
    data[i] = total;
  }
  return settled(dtype, shape, data);
}

function sizesOf(operands: readonly Labelled[]): Map<string, number> {
  const sizes = new Map<string, number>();
  for (const { tensor, labels } of operands) {
    if (labels.length !== tensor.shape.length) refuse("labels of another rank");
    labels.forEach((label, dim) => {
      const [old, size] = [sizes.get(label) ?? 1, tensor.shape[dim]!];
      if (old !== 1 && size !== 1 && old !== size) refuse(`axes of ${old} and ${size}`);
      sizes.set(label, size === 1 ? old : size);
    });
  }
  return sizes;
}

/** Flat offsets of an operand while these labels run; a label twice on it reads the diagonal. */
function along(
  { tensor, labels }: Labelled,
  running: readonly string[],
  sizes: ReadonlyMap<string, number>,
): Int32Array {
  const strides = stridesOf(tensor.shape);
  return offsets(
    running.map((label) => {
      const own = strides.filter((_, dim) => labels[dim] === label && tensor.shape[dim] !== 1);
      return steps(
        sizes.get(label)!,
        own.reduce((total, stride) => total + stride, 0),
      );
    }),
  );
}
