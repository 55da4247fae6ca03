import type { ModelParts, TensorParts as Tensor } from "../../../../packages/onnx/test/files/build-model.js";
import type { Edits } from "../../mutant.js";
import { floats, integer, names, resized } from "../nasty.js";
import { onInfo, onStored } from "./parts.js";

export const dims: Edits<ModelParts> = {
  stored: onStored((tensor, _, random) => {
    tensor.dims = resized((tensor.dims ?? []).map(Number), random);
    return `dims [${tensor.dims.slice(0, 8)}]`;
  }),
  // The data goes along, so that what lies behind the sizes is reached.
  consistent: onStored((tensor, _, random) => {
    const to = resized((tensor.dims ?? []).map(Number), random).map((n) => Math.max(0, Math.min(n, 64)));
    const width = tensor.dataType === 7 ? 8 : 4;
    const size = to.reduce((a, b) => a * b, 1);
    if (size > 1 << 20) return "as it was";
    tensor.dims = to;
    tensor.rawData = new Uint8Array(size * width).map((_, i) =>
      width === 8 && i % 8 > 0 ? 0 : (i * 37) % 61,
    );
    return `data of [${to}]`;
  }),
  info: onInfo((value, random) => {
    const shape = value.type?.tensorType?.shape;
    const before = (shape?.dim ?? []).map(({ dimValue }) => Number(dimValue ?? 1));
    if (!shape) return "no shape";
    shape.dim = resized(before, random).map((n) =>
      random.once(6) ? { dimParam: random.pick(names) } : { dimValue: n },
    );
    return `dims [${shape.dim.map(({ dimValue, dimParam }) => dimValue ?? dimParam).slice(0, 8)}]`;
  }),
  rank: onInfo((value, random) => {
    if (value.type?.tensorType) value.type.tensorType.shape = random.pick([null, { dim: [] }, { dim: [{}] }]);
    return "another rank";
  }),
  noData: onStored((tensor, _, random) => {
    tensor.rawData = new Uint8Array();
    tensor.dims = random.once(2)
      ? (tensor.dims ?? []).map(() => random.pick([2 ** 31, 2 ** 16, 100]))
      : (tensor.dims ?? []);
    return `no data for [${tensor.dims}]`;
  }),
};

export const values: Edits<ModelParts> = {
  numbers: onStored((tensor, _, random) => {
    const data = tensor.rawData?.slice();
    if (!data?.length) return "no data";
    const view = new DataView(data.buffer, data.byteOffset, data.byteLength);
    const isWhole = tensor.dataType === 7;
    const at = random.below(Math.floor(data.length / (isWhole ? 8 : 4)) || 1);
    const number = isWhole ? integer(random) : random.pick(floats);
    if (isWhole && data.length >= 8) view.setBigInt64(8 * at, BigInt(number), true);
    else if (data.length >= 4) view.setFloat32(4 * at, number, true);
    tensor.rawData = data;
    return `element ${at} is ${number}`;
  }),
  type: onStored((tensor, _, random) => {
    tensor.dataType = random.below(25);
    return `type ${tensor.dataType}`;
  }),
  length: onStored((tensor, _, random) => {
    const { length = 0 } = tensor.rawData ?? {};
    tensor.rawData = new Uint8Array(random.pick([0, 1, length + 1, Math.max(0, length - 4), length * 2]));
    return `${tensor.rawData.length} bytes`;
  }),
  field: onStored((tensor, _, random) => {
    const count = Math.floor((tensor.rawData?.length ?? 0) / 4);
    if (random.once(2)) tensor.rawData = new Uint8Array();
    const ones = new Array<number>(count).fill(1);
    const field = random.pick<Tensor>([
      { floatData: ones },
      { int32Data: ones },
      { int64Data: ones },
      { stringData: [new Uint8Array([65])] },
    ]);
    Object.assign(tensor, field);
    return "values in another field";
  }),
  elementType: onInfo((value, random) => {
    if (value.type?.tensorType) value.type.tensorType.elemType = random.below(25);
    return `type ${value.type?.tensorType?.elemType}`;
  }),
  noType: onInfo((value) => {
    value.type = null;
    return "no type";
  }),
};
