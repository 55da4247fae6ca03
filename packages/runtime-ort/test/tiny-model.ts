/** ONNX bytes written by hand, so that these tests need no other package. */

type Field = readonly [number: number, value: number | string | Uint8Array];

export interface TinyValue {
  readonly name: string;
  readonly type: number;
  readonly shape: readonly (number | string)[];
}

export interface TinyNode {
  readonly op: string;
  readonly inputs: readonly string[];
  readonly outputs: readonly string[];
  /** Integers, or lists of them. */
  readonly attributes?: Readonly<Record<string, number | readonly number[]>>;
}

export interface TinyGraph {
  readonly inputs: readonly TinyValue[];
  readonly outputs: readonly TinyValue[];
  readonly nodes: readonly TinyNode[];
  readonly weights?: readonly {
    readonly name: string;
    readonly shape: readonly number[];
    readonly values: readonly number[];
  }[];
}

export const float32 = 1;
export const int64 = 7;
export const float16 = 10;

export function tinyModel({ inputs, outputs, nodes, weights = [] }: TinyGraph): Uint8Array {
  const graph = message([
    ...nodes.map((node): Field => [1, nodeBytes(node)]),
    [2, "tiny"],
    ...weights.map(({ name, shape, values }): Field => [5, tensorBytes(name, shape, values)]),
    ...inputs.map((value): Field => [11, valueBytes(value)]),
    ...outputs.map((value): Field => [12, valueBytes(value)]),
  ]);
  return message([
    [1, 8],
    [7, graph],
    [
      8,
      message([
        [1, ""],
        [2, 17],
      ]),
    ],
  ]);
}

function nodeBytes({ op, inputs, outputs, attributes = {} }: TinyNode): Uint8Array {
  return message([
    ...inputs.map((name): Field => [1, name]),
    ...outputs.map((name): Field => [2, name]),
    [4, op],
    ...Object.entries(attributes).map(([name, value]): Field => [5, attributeBytes(name, value)]),
  ]);
}

const [integer, integers] = [2, 7];

const attributeBytes = (name: string, value: number | readonly number[]): Uint8Array =>
  typeof value === "number"
    ? message([
        [1, name],
        [3, value],
        [20, integer],
      ])
    : message([[1, name], ...value.map((each): Field => [8, each]), [20, integers]]);

function tensorBytes(name: string, shape: readonly number[], values: readonly number[]): Uint8Array {
  const raw = new Uint8Array(Float32Array.from(values).buffer);
  return message([...shape.map((dim): Field => [1, dim]), [2, float32], [8, name], [9, raw]]);
}

function valueBytes({ name, type, shape }: TinyValue): Uint8Array {
  const dims = shape.map((dim): Field => [1, message([[typeof dim === "number" ? 1 : 2, dim]])]);
  return message([
    [1, name],
    [
      2,
      message([
        [
          1,
          message([
            [1, type],
            [2, message(dims)],
          ]),
        ],
      ]),
    ],
  ]);
}

function message(fields: readonly Field[]): Uint8Array {
  return Uint8Array.from(
    fields.flatMap(([number, value]) => {
      if (typeof value === "number") return [...varint(number << 3), ...varint(value)];
      const bytes = typeof value === "string" ? new TextEncoder().encode(value) : value;
      return [...varint((number << 3) | 2), ...varint(bytes.length), ...bytes];
    }),
  );
}

function varint(value: number): number[] {
  return value < 128 ? [value] : [(value & 127) | 128, ...varint(value >>> 7)];
}
