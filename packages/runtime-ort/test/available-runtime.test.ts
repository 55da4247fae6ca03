import { readFileSync } from "node:fs";
import { readModel } from "@prune/onnx";
import { expect, test } from "vitest";
import { findFeeds } from "../src/find-feeds.js";
import { availableRuntime } from "../src/node.js";
import { run } from "../src/run.js";
import { createSession } from "../src/session.js";

const missing = (name: string) => () => Promise.reject(new Error(`Cannot find package '${name}'`));
const glyphs = readFileSync(new URL("../../../apps/cli/sample/glyphs.onnx", import.meta.url));

test("the native runtime comes first", async () => {
  expect((await availableRuntime()).name).toBe("onnxruntime-node");
});

test("onnxruntime-web serves where there is no native build, and computes the same", async () => {
  const web = await availableRuntime({ native: missing("onnxruntime-node") });
  expect(web.name).toBe("onnxruntime-web (wasm)");
  expect(web.host.openModel).toBeUndefined();
  const model = readModel(glyphs);
  const answers = [];
  for (const runtime of [web, await availableRuntime()]) {
    const session = await createSession(model.source, { runtime });
    const [output] = Object.values(await run(session, await findFeeds(session)));
    answers.push(Float32Array.from(output?.data as Float32Array));
    await session.release();
  }
  const [found, expected] = answers as [Float32Array, Float32Array];
  expect(found.length).toBe(expected.length);
  for (const [i, value] of expected.entries())
    expect(Math.abs(value - (found[i] as number))).toBeLessThan(1e-4);
}, 60_000);

test("without any, the first use says what to install, and nothing before it fails", async () => {
  const none = await availableRuntime({
    native: missing("onnxruntime-node"),
    web: missing("onnxruntime-web"),
  });
  await expect(none.load()).rejects.toMatchObject({ code: "runtime-missing" });
  await expect(none.load()).rejects.toThrow(
    /onnxruntime-node'.*npm install onnxruntime-node`.*onnxruntime-web/s,
  );
});
