const text = (bytes: Uint8Array, from: number, length: number): string =>
  String.fromCharCode(...bytes.subarray(from, from + length));

const starts =
  (prefix: string, at = 0) =>
  (bytes: Uint8Array): boolean =>
    text(bytes, at, prefix.length) === prefix;

/** What people give by mistake, by its first bytes. */
const looks: readonly (readonly [what: string, test: (bytes: Uint8Array) => boolean])[] = [
  ["the file is empty", (bytes) => bytes.length === 0],
  ["it looks like a Git LFS pointer (run `git lfs pull`)", starts("version https://git-lfs")],
  ["it looks like a ZIP archive (a PyTorch .pt, a Keras .keras, or a packed model)", starts("PK\x03\x04")],
  ["it looks like a gzip archive", starts("\x1f\x8b")],
  ["it looks like an ORT-format model (.ort; give the .onnx it was made from)", starts("ORTM", 4)],
  ["it looks like a TensorFlow Lite model", starts("TFL3", 4)],
  ["it looks like an HDF5 file (Keras .h5)", starts("\x89HDF")],
  ["it looks like a safetensors file", (bytes) => bytes[8] === 0x7b && bytes[9] === 0x22],
  ["it looks like a GGUF file", starts("GGUF")],
  ["it looks like a Python pickle", (bytes) => bytes[0] === 0x80 && bytes[1]! >= 2 && bytes[1]! <= 5],
  ["it looks like a NumPy array", starts("\x93NUMPY")],
  [
    "it looks like an image",
    (bytes) => starts("\x89PNG")(bytes) || starts("\xff\xd8\xff")(bytes) || starts("GIF8")(bytes),
  ],
  ["it looks like a web page", (bytes) => /^\s*<(!doctype|html|\?xml|head|!--)/i.test(text(bytes, 0, 64))],
  ["it looks like JSON", (bytes) => /^\s*[[{]\s*["{[\]}\d]/.test(text(bytes, 0, 64))],
  ["it looks like text", (bytes) => /^[\t\n\r\x20-\x7e]+$/.test(text(bytes, 0, 64))],
];

/** What a file that is not an ONNX model looks like, or undefined if its first bytes don't show it. */
export const recognise = (bytes: Uint8Array): string | undefined =>
  looks.find(([, test]) => test(bytes))?.[0];
