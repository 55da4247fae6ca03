import { mkdirSync, readFileSync, writeFileSync } from "node:fs";
import { build, type Plugin } from "esbuild";

/**
 * Puts `onnx-proto` and the part of protobufjs that it reads with beside the bundle, as one value that bundlers may drop:
 * who imports an error class from `@prune/onnx` does not pay for a decoder, and an install brings neither protobufjs's
 * command nor its install script. protobufjs looks for an optional package by `eval`, which pages forbid; it does
 * without. Models are written without it, so of its messages only what decodes is kept. The code is minified and has no
 * place in source maps.
 */
export const bundledOnnxProto: Plugin = {
  name: "onnx-proto",
  setup(bundler) {
    let from: string | undefined;
    bundler.onResolve({ filter: /^onnx-proto$/ }, ({ resolveDir }) => {
      from = resolveDir;
      return { path: "./onnx-proto.js", external: true };
    });
    bundler.onEnd(async () => {
      if (from === undefined) return;
      mkdirSync("dist", { recursive: true });
      writeFileSync("dist/onnx-proto.js", `export default ${await asOneValue(from)}`);
    });
  },
};

async function asOneValue(resolveDir: string): Promise<string> {
  const { outputFiles } = await build({
    stdin: { contents: 'export { onnx } from "onnx-proto";', resolveDir },
    bundle: true,
    minify: true,
    format: "cjs",
    platform: "browser",
    target: "es2022",
    write: false,
    plugins: [onlyReader, onlyDecoders],
  });
  const code = outputFiles[0]?.text ?? "";
  return `/* @__PURE__ */ (() => { const module = { exports: {} }; ${code}; return module.exports; })();\n`;
}

/** The part of protobufjs that reads; what it looks for in the environment, and what only writes or calls, is left out. */
const onlyReader: Plugin = {
  name: "only-reader",
  setup(bundler) {
    bundler.onLoad({ filter: /protobufjs[/\\]minimal\.js$/ }, () => ({
      contents: `
        exports.util = require("./src/util/minimal");
        exports.Reader = require("./src/reader");
        exports.roots = require("./src/roots");
        exports.util._configure();
        exports.Reader._configure(require("./src/reader_buffer"));`,
    }));
    bundler.onLoad({ filter: /@protobufjs[/+](aspromise|base64|eventemitter|pool)[/@]/ }, () => ({
      contents: "module.exports = {};",
    }));
    bundler.onLoad({ filter: /@protobufjs[/+]inquire/ }, () => ({
      contents: "module.exports = () => null;",
    }));
  },
};

/** Of each message the constructor, `create` and `decode`; the functions that encode, verify and convert are a half of the code. */
const onlyDecoders: Plugin = {
  name: "only-decoders",
  setup(bundler) {
    bundler.onLoad({ filter: /onnx-proto[/\\]dist[/\\]onnx\.js$/ }, ({ path }) => {
      const unused =
        /^( +)\w+\.(?:encode|encodeDelimited|decodeDelimited|verify|fromObject|toObject|prototype\.toJSON) = function [\s\S]*?^\1\};$/gm;
      let left = 0;
      const contents = readFileSync(path, "utf8").replace(unused, () => {
        left++;
        return "";
      });
      if (left === 0 || !/\.decode = function/.test(contents))
        throw new Error("onnx-proto has another form than the one whose encoders are left out here.");
      return { contents };
    });
  },
};
