import { dirname } from "node:path";
import { build, type Plugin } from "esbuild";

/**
 * Bundles `onnx-proto` and the part of protobufjs that it reads with, as one value that bundlers may drop: who imports an
 * error class from `@prune/onnx` does not pay for a decoder, and an install brings neither protobufjs's command nor its
 * install script. protobufjs looks for an optional package by `eval`, which pages forbid; it does without.
 */
export const bundledOnnxProto: Plugin = {
  name: "onnx-proto",
  setup(bundler) {
    bundler.onResolve({ filter: /^onnx-proto$/ }, ({ resolveDir }) => ({
      path: "onnx-proto",
      namespace: "bundled",
      pluginData: resolveDir,
    }));
    bundler.onLoad({ filter: /^onnx-proto$/, namespace: "bundled" }, async ({ pluginData }) => ({
      contents: await asOneValue(pluginData as string),
      loader: "js",
      resolveDir: dirname(pluginData as string),
    }));
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
    plugins: [withoutInquire],
  });
  const code = outputFiles[0]?.text ?? "";
  return `export default /* @__PURE__ */ (() => { const module = { exports: {} }; ${code}; return module.exports; })();`;
}

const withoutInquire: Plugin = {
  name: "without-inquire",
  setup(bundler) {
    bundler.onLoad({ filter: /@protobufjs[/+]inquire/ }, () => ({
      contents: "module.exports = () => null;",
    }));
  },
};
