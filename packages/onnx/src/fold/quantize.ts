import type { Tensor } from "../tensor.js";
import { cast, dataType } from "./cast.js";
import { bounds, integerTensor, reshaped } from "./data.js";
import { map, zip } from "./elementwise.js";
import { indices } from "./grid.js";
import { roundEven } from "./half.js";
import { pick } from "./movement.js";
import { type Call, dimOf, input, int, type Operators } from "./operator.js";
import { refuse } from "./refuse.js";

/** Quantization with one scale per tensor, per index of an axis, or per block of an axis. */
export const quantization: Operators = {
  DequantizeLinear: (call) => {
    const [x, scale, zero] = [input(call, 0), aligned(call, 1)!, aligned(call, 2)];
    const type = int(call.node, "output_dtype");
    const centred = zero?.data.some((z) => z !== 0) ? zip(x, zero, (value, z) => value - z, "float64") : x;
    return zip(centred, scale, (value, by) => value * by, type ? dataType(type) : scale.dtype);
  },
  QuantizeLinear: (call) => {
    const x = input(call, 0);
    const type = int(call.node, "output_dtype");
    const dtype = call.inputs[2]?.dtype ?? (type ? dataType(type) : "uint8");
    const divided = zip(cast(x, "float32"), aligned(call, 1)!, (value, scale) => value / scale);
    const rounded = map(cast(divided, "float64"), roundEven);
    const zero = aligned(call, 2);
    return cast(saturated(zero ? zip(rounded, zero, (a, b) => a + b) : rounded, dtype), dtype);
  },
  DynamicQuantizeLinear: (call) => {
    const x = input(call, 0);
    let [low, high] = [0, 0];
    for (const value of x.data) [low, high] = [Math.min(low, value), Math.max(high, value)];
    const scale = Math.fround((high - low) / 255);
    const zero = Math.min(Math.max(roundEven(-low / scale), 0), 255);
    const wide = map(x, (value) => roundEven(Math.fround(value / scale)) + zero, "float64");
    return [
      cast(saturated(wide, "uint8"), "uint8"),
      { dtype: "float32", shape: [], data: Float32Array.of(scale) },
      cast(integerTensor([zero], []), "uint8"),
    ];
  },
};

function saturated(x: Tensor, dtype: Tensor["dtype"]): Tensor {
  const [least, most] = bounds(dtype);
  return map(x, (value) => Math.min(Math.max(value, least), most));
}

/** A scale or zero point in a shape that broadcasts against the first input. */
function aligned(call: Call, index: number): Tensor | undefined {
  const tensor = call.inputs[index];
  if (!tensor) return undefined;
  if (tensor.data.length === 1) return reshaped(tensor, []);
  const { shape } = input(call, 0);
  const dim = dimOf(int(call.node, "axis") ?? 1, shape.length);
  if (tensor.shape.length === 1) {
    return reshaped(tensor, [tensor.data.length, ...shape.slice(dim + 1).map(() => 1)]);
  }
  const block = int(call.node, "block_size") || refuse("scales of the rank of the data");
  const kept = indices(shape[dim]!, (i) => Math.floor(i / block));
  return pick(
    tensor,
    shape.map((_, d) => (d === dim ? kept : undefined)),
  );
}
