export { type OnnxFormatOptions, onnxFormat } from "./onnx/onnx-format.js";
