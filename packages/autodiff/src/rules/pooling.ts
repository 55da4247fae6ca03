import { type GradientKit, Unemitted } from "../graph/kit.js";
import { addedAt } from "./scattered.js";
import { from, type GradientNode, type GradientRules } from "./step.js";
import { joined, placesOf, scatter, type Window, windowOf } from "./window.js";

export const pooling: GradientRules = {
  AveragePool(n, k) {
    const window = windowOf(n, k, n.ints("kernel_shape") as readonly number[], n.a, n.y);
    return [
      () => {
        const shares = k.reshape(k.div(n.dy, counts(n, k, window)), joined(k, [-1, 1], placesOf(k, n.y)));
        k.alike(shares, n.y);
        const size = window.kernel.reduce((a, b) => a * b, 1);
        const ones = k.floats(new Float32Array(size).fill(1), [1, 1, ...window.kernel], k.type(n.dy));
        return k.reshape(scatter(k, shares, ones, window, 1, n.a, n.y), k.sizes(n.a));
      },
    ];
  },
  MaxPool: (n, k) => [
    () => (k.opset >= 16 && n.int("storage_order", 0) === 0 ? byIndices(n, k) : byWindows(n, k)),
  ],
  GlobalAveragePool: (n, k) => [() => k.expand(k.div(n.dy, perOutput(n, k)), k.sizes(n.a))],
  GlobalMaxPool: (n, k) => [() => shared(k, k.equal(n.a, n.y), n.dy, from(2, n.rank(n.a)))],
};

/** The gradient, in equal shares, of the cells that attain an extremum over some axes. */
export function shared(
  k: GradientKit,
  attains: string,
  dy: string,
  axes: readonly number[] | string | undefined,
): string {
  const hits = k.cast(attains, k.type(dy));
  return k.mul(hits, k.div(dy, k.sum(hits, axes)));
}

/** How many cells of x there are to one of y. */
export function perOutput(n: GradientNode, k: GradientKit): string {
  const [x, y] = [k.sizes(n.a), k.sizes(n.y)];
  const total = (sizes: readonly number[]): number => sizes.reduce((a, b) => a * b, 1);
  if (typeof x !== "string" && typeof y !== "string") return k.number(total(x) / total(y), n.dy);
  const size = (tensor: string): string => k.cast(k.emit("Size", [tensor]), k.type(n.dy));
  return k.div(size(n.a), size(n.y));
}

/** How many cells each window averages. */
function counts(
  n: GradientNode,
  k: GradientKit,
  { kernel, strides, dilations, before, behind }: Window,
): string {
  const size = kernel.reduce((a, b) => a * b, 1);
  const pads = n.int("count_include_pad", 0) === 1;
  const isPadded = [...before, ...behind].some((zeros) => zeros > 0);
  const ceil = n.int("ceil_mode", 0) === 1;
  if (!ceil && (pads || !isPadded)) return k.number(size, n.dy);
  const [large, small] = [n.a, n.y].map((tensor) => k.shape(tensor)?.slice(2));
  const isKnown = [...(large ?? ["?"]), ...(small ?? ["?"])].every((dim) => typeof dim === "number");
  if (!isKnown) throw new Unemitted("how many cells its windows average is known only at run time");
  const byDim = kernel.map((width, dim) => {
    const [first, last] = pads
      ? [-(before[dim] as number), (large?.[dim] as number) + (behind[dim] as number)]
      : [0, large?.[dim] as number];
    return Array.from({ length: small?.[dim] as number }, (_, out) => {
      const start = out * (strides[dim] as number) - (before[dim] as number);
      const cells = Array.from({ length: width }, (_, i) => start + i * (dilations[dim] as number));
      return Math.max(cells.filter((at) => at >= first && at < last).length, 1);
    });
  });
  const all = byDim.reduce((grid, own) => grid.flatMap((a) => own.map((b) => a * b)), [1]);
  return k.floats(all, [1, 1, ...(small as number[])], k.type(n.dy));
}

function byIndices(n: GradientNode, k: GradientKit): string {
  const flat = (tensor: string): string => k.reshape(tensor, [-1]);
  const zeros = k.zeros(k.reshape(k.emit("Size", [n.a]), [1]), n.dy);
  return k.reshape(addedAt(k, zeros, flat(n.optional(1)), flat(n.dy)), k.sizes(n.a));
}

/** By looking in every window for what is as large as its maximum. */
function byWindows(n: GradientNode, k: GradientKit): string {
  const window = windowOf(n, k, n.ints("kernel_shape") as readonly number[], n.a, n.y);
  const { kernel, strides, dilations, before, behind } = window;
  const size = kernel.reduce((a, b) => a * b, 1);
  const each = new Float32Array(size * size);
  for (let i = 0; i < size; i++) each[i * size + i] = 1;
  const one = k.floats(each, [size, 1, ...kernel], k.type(n.dy));
  const x = k.reshape(n.a, joined(k, [-1, 1], placesOf(k, n.a)));
  const ceil = n.int("ceil_mode", 0) === 1 ? strides : strides.map(() => 0);
  const more = behind.map((zeros, dim) => zeros + (ceil[dim] as number));
  const low = k.pad(x, [0, 0, ...before, 0, 0, ...more], -3e38);
  const [attributes, places] = [{ kernel_shape: kernel, strides, dilations }, placesOf(k, n.y)];
  const all = k.emit("Conv", [low, one], attributes);
  const axes = kernel.map((_, dim) => dim + 2);
  const seen =
    n.int("ceil_mode", 0) === 1
      ? k.slice(
          all,
          kernel.map(() => 0),
          places,
          axes,
        )
      : all;
  const column = (tensor: string): string => k.reshape(tensor, joined(k, [-1, 1], places));
  const shares = shared(k, k.equal(seen, column(n.y)), column(n.dy), [1]);
  return k.reshape(scatter(k, shares, one, window, 1, n.a, n.y), k.sizes(n.a));
}
