import type { Options } from "tsup";
import { commonJs } from "./common-js.js";
import { inlined } from "./inlined.js";
import { lineMaps } from "./line-maps.js";
import { notices } from "./notices.js";
import { bundledOnnxProto } from "./onnx-proto.js";

/** ESM, CommonJS and types of the entries named on the command line. */
const library: Options = {
  format: ["esm", "cjs"],
  dts: true,
  target: "es2022",
  sourcemap: true,
  onSuccess: async () => {
    await commonJs();
    lineMaps();
  },
  removeNodeProtocol: false,
  // Names stay, and lines that an editor shows; the sources are in the maps.
  esbuildOptions: (options) => {
    options.minifyWhitespace = true;
    options.lineLimit = 160;
  },
  splitting: true,
  clean: true,
  tsconfig: "../../tooling/tsup/tsconfig.json",
  esbuildPlugins: [inlined, bundledOnnxProto, notices],
};

export default library;
