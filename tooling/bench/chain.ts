import { Buffer } from "node:buffer";

/** A protobuf field that holds bytes. */
const field = (number: number, content: Uint8Array): Buffer =>
  Buffer.concat([Buffer.from(varint(number * 8 + 2)), Buffer.from(varint(content.length)), content]);
const text = (number: number, value: string): Buffer => field(number, Buffer.from(value));
const integer = (number: number, value: number): Buffer =>
  Buffer.from([...varint(number * 8), ...varint(value)]);
const message = (number: number, ...fields: Uint8Array[]): Buffer => field(number, Buffer.concat(fields));

function varint(value: number): number[] {
  const bytes: number[] = [];
  let left = value;
  for (; left >= 128; left = Math.floor(left / 128)) bytes.push((left % 128) | 128);
  return [...bytes, left];
}

/** An ONNX model of square layers, x W then Relu, whose weights lie in an external file one after the other. */
export function chain(location: string, width: number, layers: number): Uint8Array {
  const nodes: Buffer[] = [];
  const weights: Buffer[] = [];
  const length = 4 * width * width;
  for (let i = 0; i < layers; i++) {
    const [from, to] = [i === 0 ? "x" : `r${i - 1}`, i === layers - 1 ? "y" : `r${i}`];
    nodes.push(
      message(1, text(1, from), text(1, `w${i}`), text(2, `h${i}`), text(3, `mul${i}`), text(4, "MatMul")),
    );
    nodes.push(message(1, text(1, `h${i}`), text(2, to), text(3, `relu${i}`), text(4, "Relu")));
    const entries = { location, offset: String(i * length), length: String(length) };
    const external = Object.entries(entries).map(([key, value]) => message(13, text(1, key), text(2, value)));
    weights.push(
      message(
        5,
        integer(1, width),
        integer(1, width),
        integer(2, 1),
        text(8, `w${i}`),
        ...external,
        integer(14, 1),
      ),
    );
  }
  const info = (number: number, name: string): Buffer => {
    const dims = message(2, message(1, integer(1, 1)), message(1, integer(1, width)));
    return message(number, text(1, name), message(2, message(1, integer(1, 1), dims)));
  };
  const graph = [...nodes, text(2, "chain"), ...weights, info(11, "x"), info(12, "y")];
  return Buffer.concat([integer(1, 8), message(8, text(1, ""), integer(2, 17)), message(7, ...graph)]);
}

/** The bytes of its weights, layer by layer: uniform, as large as keeps activations their size; the same memory each time. */
export function* chainWeights(width: number, layers: number): Generator<Uint8Array> {
  const scale = Math.sqrt(6 / width);
  const values = new Float32Array(width * width);
  let state = 1;
  for (let i = 0; i < layers; i++) {
    for (let k = 0; k < values.length; k++) {
      state = (Math.imul(state, 1664525) + 1013904223) | 0;
      values[k] = (state / 2 ** 31) * scale;
    }
    yield new Uint8Array(values.buffer);
  }
}
