import type { Options } from "tsup";
import { inlined } from "./inlined.js";
import { bundledOnnxProto } from "./onnx-proto.js";

/** ESM, CommonJS and types of the entries named on the command line. */
const library: Options = {
  format: ["esm", "cjs"],
  dts: true,
  target: "es2022",
  splitting: true,
  clean: true,
  tsconfig: "../../tooling/tsup/tsconfig.json",
  esbuildPlugins: [inlined, bundledOnnxProto],
};

export default library;
