import { readModel } from "@prune/onnx";
import type { NewNode } from "@prune/onnx/advanced";
import { newModel, segmentModel } from "@prune/onnx/advanced";
import { createSession, run, type Values, type ValuesByName } from "@prune/runtime-ort";
import { type Random, randomStream } from "@prune/samples";
import type { GradientsOptions } from "../src/advanced.js";
import { gradients, type Loss } from "../src/index.js";

/** A stored tensor: floats are differentiated by, the others are constants. */
export interface Stored {
  readonly type: "float32" | "int64" | "bool" | "int8";
  readonly shape: readonly number[];
  readonly values: readonly number[];
}

export interface Node {
  readonly op: string;
  /** Stored tensors, outputs of earlier nodes by name, or "" for what is left out. */
  readonly inputs: readonly (Stored | string)[];
  readonly attributes?: Parameters<
    typeof Object.entries<NewNode["attributes"] extends ReadonlyMap<string, infer V> ? V : never>
  >[0];
  readonly outputs?: readonly string[];
  readonly domain?: string;
}

export const size = (shape: readonly number[]): number => shape.reduce((a, b) => a * b, 1);

/** Normal numbers, a little away from zero, where many operators have a kink. */
export function floats(r: Random, shape: readonly number[], make: (x: number) => number = (x) => x): Stored {
  const away = (): number => {
    const x = r.normal();
    return x + Math.sign(x) * 0.1;
  };
  return { type: "float32", shape, values: Array.from({ length: size(shape) }, () => make(away())) };
}

/** Numbers that all differ by a step: no two change places in a small move. */
export function distinct(r: Random, shape: readonly number[]): Stored {
  const order = Array.from({ length: size(shape) }, (_, i) => [r.uniform(), i] as const).sort(
    ([a], [b]) => a - b,
  );
  const values = new Array<number>(order.length);
  order.forEach(([, at], i) => {
    values[at] = (i + 0.5 - order.length / 2) * 0.1;
  });
  return { type: "float32", shape, values };
}

export const integers = (values: readonly number[], shape: readonly number[] = [values.length]): Stored => ({
  type: "int64",
  shape,
  values,
});

/** Sums of outputs times fixed numbers. */
export const projection =
  (outputs: readonly string[]): Loss =>
  (k) =>
    outputs
      .map((name) => {
        const shape = k.shape(name) as readonly number[];
        const { normal } = randomStream(7, name);
        return k.sum(
          k.mul(name, k.floats(Float32Array.from({ length: size(shape) }, normal), shape)),
          undefined,
          "dropped",
        );
      })
      .reduce((a, b) => k.add(a, b));

const element = { float32: 1, int64: 7, bool: 9, int8: 3 } as const;

function bytesOf({ type, values }: Stored): Uint8Array {
  if (type === "float32") return new Uint8Array(Float32Array.from(values).buffer);
  if (type === "int64") return new Uint8Array(BigInt64Array.from(values, BigInt).buffer);
  return new Uint8Array(Int8Array.from(values).buffer);
}

/** A model of nodes whose operands are all stored. */
export function modelOf(nodes: readonly Node[], opset: number): { bytes: Uint8Array; outputs: string[] } {
  const tensors: Parameters<typeof newModel>[0]["tensors"][number][] = [];
  const store = (tensor: Stored | string): string => {
    if (typeof tensor === "string") return tensor;
    const name = `p${tensors.length}`;
    tensors.push({
      name,
      elementType: element[tensor.type],
      shape: tensor.shape,
      bytes: () => bytesOf(tensor),
    });
    return name;
  };
  const made = nodes.map(({ op, inputs, attributes = {}, outputs = ["y"], domain = "" }, i) => ({
    name: `n${i}`,
    op,
    domain,
    inputs: inputs.map(store),
    outputs,
    attributes: new Map(Object.entries(attributes)) as NewNode["attributes"],
  }));
  const outputs = (nodes.at(-1)?.outputs ?? ["y"]).filter((name) => name !== "" && !name.startsWith("_"));
  return { bytes: newModel({ inputs: [], outputs, nodes: made, tensors, opset }), outputs };
}

/** The largest relative difference of directional derivatives from central differences. */
export async function slopeError(
  nodes: readonly Node[],
  opset: number,
  options: Partial<GradientsOptions> = {},
  step = 1e-2,
): Promise<number> {
  const { bytes, outputs } = modelOf(nodes, opset);
  const model = readModel(bytes);
  const parameters = [...model.graph.initializers.values()].filter(
    ({ dtype, shape }) => dtype === "float32" && size(shape) > 0,
  );
  const made = gradients(model, {
    loss: projection(outputs),
    parameters: parameters.map(({ name }) => name),
    weights: "inputs",
    ...options,
  });
  const at = Object.fromEntries(
    parameters.map(({ name, shape, tensor }) => [
      name,
      { type: "float32", dims: shape, data: Float32Array.from(tensor().data) } as const,
    ]),
  );
  const found = await runOnce(made.bytes, at);
  const whole = readModel(made.bytes);
  const session = await createSession(
    segmentModel(whole, { inputs: whole.graph.inputs, outputs: [made.loss] }),
  );
  let worst = 0;
  try {
    for (const name of made.gradients.keys()) {
      const gradient = found[made.gradients.get(name) as string]?.data as Float32Array;
      const { normal } = randomStream(3, name);
      const direction = gradient.map(() => normal());
      const slope = gradient.reduce((sum, g, i) => sum + g * (direction[i] as number), 0);
      const lossAt = async (by: number): Promise<number> => {
        const own = at[name] as Values;
        const data = (own.data as Float32Array).map((w, i) => w + by * (direction[i] as number));
        return Number((await run(session, { ...at, [name]: { ...own, data } }))[made.loss]?.data[0]);
      };
      const scale = Math.sqrt(gradient.reduce((sum, g) => sum + g * g, 0)) || 1;
      const near = async (by: number): Promise<number> =>
        Math.abs(((await lossAt(by)) - (await lossAt(-by))) / (2 * by) - slope) / scale;
      worst = Math.max(worst, Math.min(await near(step), await near(step / 8)));
    }
  } finally {
    await session.release();
  }
  return worst;
}

async function runOnce(bytes: Uint8Array, feeds: ValuesByName): Promise<ValuesByName> {
  const session = await createSession(bytes);
  try {
    return await run(session, feeds);
  } finally {
    await session.release();
  }
}
