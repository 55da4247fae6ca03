import { PruneError } from "@prune/errors";
import { nodeRuntime } from "@prune/runtime-ort/node";
import { createWorkflow, memoryStore, type Workflow } from "@prune/workflow";
import { onnxFormat } from "@prune/workflow/onnx";
import { describe, expect, test } from "vitest";
import { sample } from "./glyphs.js";
import { npy } from "./made-up.js";

const workflow = createWorkflow({
  formats: [onnxFormat({ runtime: nodeRuntime() })],
  store: memoryStore({ "model.onnx": sample("glyphs.onnx"), "data.npy": npy(64, 4) }),
});

async function said(work: () => Promise<unknown>): Promise<string> {
  try {
    await work();
  } catch (error) {
    return PruneError.is(error) ? `${error.code}: ${error.message}` : String(error);
  }
  return "nothing";
}

/** As JavaScript calls it, without types. */
const call = (name: keyof Workflow, ...args: readonly unknown[]): Promise<string> =>
  said(async () => (workflow[name] as (...given: unknown[]) => unknown)("model.onnx", ...args));

const data = "data.npy";

describe("a pruning refuses what is no value of an option, without types too", () => {
  test.each<readonly [object, RegExp]>([
    [{ recover: "lstsq", data }, /^bad-option: `recover`: "lstsq" is none of auto, .*did you mean "lsq"\?$/],
    [{ recover: "bias,lead", data }, /lead needs least squares beside it: lsq,lead/],
    [{ recover: "lsq,bais", data }, /"bais" is none of .*did you mean "bias"\?$/],
    [{ recover: "mergee" }, /did you mean "merge"\?$/],
    [{ norms: "liv" }, /^bad-option: `norms`: it must be one of live, masked, auto; did you mean "live"\?$/],
    [{ basis: "princpal", data }, /did you mean "principal"\?$/],
    [{ keep: { agreement: 0.9 }, keepBy: "mac", data }, /did you mean "macs"\?$/],
    [{ keep: { agrement: 0.9 }, data }, /there is no option "agrement"; did you mean "agreement"\?$/],
    [{ depth: "aut" }, /^bad-option: `depth`: it must be .* or one of auto\.$/],
    [{ schedule: "cubc", steps: 3 }, /did you mean "cubic"\?$/],
    [{ importance: "l3" }, /^bad-option: `importance`: .*did you mean "l1" or "l2"\?$/],
    [{ reduction: "meen" }, /did you mean "mean"\?$/],
    [{ normaliser: "gausian" }, /did you mean "gaussian"\?$/],
    [{ dataConfig: { colour: "rbg" }, data }, /^bad-option: `dataConfig`: it must be/],
    [{ target: { mac: 0.5 } }, /^bad-option: `target`: there is no option "mac"; did you mean "macs"\?$/],
    [{ io: 3 }, /^bad-option: `io`: it must be a string or an array\.$/],
    [{ seed: "1" }, /^bad-option: `seed`: it must be a whole number\.$/],
    [{ threads: "2" }, /^bad-option: `threads`/],
    [{ global: "yes" }, /^bad-option: `global`: it must be a boolean\.$/],
    [{ verify: "no" }, /^bad-option: `verify`: it must be a boolean\.$/],
  ])("%j", async (options, why) => {
    expect(await call("prune", options)).toMatch(why);
  });
});

test("so do the other calls", async () => {
  const samples = { data };
  expect(await call("sensitivity", { samples, metric: "acuracy" })).toMatch(/did you mean "accuracy"\?$/);
  expect(await call("sensitivity", { samples, normalizer: "mean" })).toMatch(/^unknown-option: .*normaliser/);
  expect(await call("lossless", { verfy: false })).toMatch(/^unknown-option: .*verify/);
  expect(await call("inspect", { size: { n: 1 } })).toMatch(/^unknown-option: .*sizes/);
  expect(await call("open", { io: 1 })).toMatch(/^bad-option: `io`/);
  expect(await call("apply", { recipe: "r.json", verify: "no" })).toMatch(/^bad-option: `verify`/);
  expect(await call("verify", "small.onnx", { recipe: "r.json", sed: 1 })).toMatch(/^unknown-option: .*seed/);
  expect(await call("evaluate", samples, { bach: 1 })).toMatch(/^unknown-option: .*batch/);
  expect(await call("bench", "small.onnx", { seconds: "1" })).toMatch(/^bad-option: `seconds`/);
});
