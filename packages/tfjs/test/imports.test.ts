import { readdirSync, readFileSync } from "node:fs";
import { join } from "node:path";
import { fileURLToPath } from "node:url";
import { expect, it } from "vitest";

const packages = fileURLToPath(new URL("../..", import.meta.url));

/** Packages that a package's sources import, tests and types besides. */
function imports(name: string): Set<string> {
  const source = join(packages, name, "src");
  const files = readdirSync(source, { recursive: true, encoding: "utf8" });
  const found = new Set<string>();
  for (const file of files.filter((path) => path.endsWith(".ts") && !path.endsWith(".test.ts")))
    for (const [, from] of readFileSync(join(source, file), "utf8").matchAll(
      /(?:from|import\() ?"([^".][^"]*)"/g,
    ))
      found.add(from as string);
  return found;
}

it("needs nothing of ONNX, and the ONNX backend nothing of TensorFlow.js", () => {
  expect([...imports("tfjs")].filter((name) => /onnx/.test(name))).toEqual([]);
  expect([...imports("onnx")].filter((name) => /tensorflow|tfjs/.test(name))).toEqual([]);
  expect([...imports("graph")].filter((name) => /onnx|tensorflow|tfjs/.test(name))).toEqual([]);
});
