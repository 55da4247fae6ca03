import { type OrtRuntime, ortRuntime } from "@prune/runtime-ort";
import { nodeRuntime } from "@prune/runtime-ort/node";
import type { PruneJob } from "@prune/workflow";
import { afterAll, beforeAll, describe, expect, it } from "vitest";
import { type Browser, hasChromium, openBrowser } from "./browser/browser.js";
import { type Files, job, type Made } from "./browser/job.js";
import { sample } from "./glyphs.js";

const files: Files = {
  "model.onnx": sample("glyphs.onnx"),
  "train.u8": sample("glyphs-train512.images.u8"),
  "data.json": sample("glyphs.json"),
};

const data = { data: "train.u8", dataConfig: "data.json", samples: 48 } satisfies PruneJob;

/** Law and latency; statistics to score by, of channels that then are refitted. */
const jobs: Readonly<Record<string, PruneJob>> = {
  "is cut, proved and timed": { ratio: 0.5 },
  "is trained by the original": {
    ...data,
    recover: "none",
    ratio: 0.4,
    train: { steps: 20, batch: 12, rate: 3e-4, heldOut: 0.25 },
  },
  "is scored by what samples make of it, and recovers": { ...data, ratio: 0.4, importance: "wanda" },
};

/** onnxruntime-web in Node: the same wasm as in a page. */
const webInNode = (): OrtRuntime =>
  ortRuntime(
    async () => {
      const ort = await import("onnxruntime-web");
      ort.env.wasm.numThreads = 1;
      return ort;
    },
    { executionProviders: ["wasm"] },
  );

const timeout = 240_000;

/** Steps and losses of a training, on samples that were held out. */
const curveOf = ({ report }: Made): (number | undefined)[][] =>
  (report.training?.curve ?? []).map(({ step, loss }) => [step, loss]);

describe("onnxruntime-web", () => {
  it("cuts as onnxruntime-node does, by the same law", { timeout }, async () => {
    const [web, node] = [
      await job(webInNode(), files, { ratio: 0.5 }),
      await job(nodeRuntime(), files, { ratio: 0.5 }),
    ];
    expect(web.sha256).toBe(node.sha256);
    expect(web.report.law).toMatchObject({ holds: true, vacuous: false });
    expect(web.report.latency?.before.median).toBeGreaterThan(0);
  });
});

describe("onnxruntime-web trains", () => {
  it("as onnxruntime-node does, but for rounding", { timeout }, async () => {
    const options = jobs["is trained by the original"] as PruneJob;
    const [web, node] = [
      curveOf(await job(webInNode(), files, options)),
      curveOf(await job(nodeRuntime(), files, { ...options, threads: 1 })),
    ];
    expect(web.map(([step]) => step)).toEqual(node.map(([step]) => step));
    expect(web.at(-1)?.[1]).toBeLessThan(0.5 * (web[0]?.[1] as number));
    web.forEach(([, loss], i) => {
      expect(Math.abs((loss as number) - (node[i]?.[1] as number))).toBeLessThan(2e-3 * (loss as number));
    });
  });
});

describe.skipIf(!hasChromium)("in a page (skipped without Chromium: apt-get install chromium)", () => {
  let browser: Browser;
  beforeAll(async () => {
    browser = await openBrowser(files);
  }, timeout);
  afterAll(() => browser.close());

  const run = (provider: "wasm" | "webgpu", options: PruneJob): Promise<Made> =>
    browser.page.evaluate((asked) => globalThis.run(asked), {
      provider,
      files: Object.keys(files),
      options,
    });

  it.each(Object.entries(jobs))("glyphs %s with the bytes of Node", { timeout }, async (_, options) => {
    const [there, here] = [await run("wasm", options), await job(webInNode(), files, options)];
    expect(there.events).toEqual(here.events);
    expect(there.sha256).toBe(here.sha256);
    expect(there.report.law).toMatchObject({ holds: true, vacuous: false, method: "gated" });
    expect(there.report.latency?.before.median).toBeGreaterThan(0);
    expect(there.report.groups).toEqual(here.report.groups);
    if (options.train) {
      expect(curveOf(there)).toEqual(curveOf(here));
      expect(curveOf(there).at(-1)?.[1]).toBeLessThan(0.5 * (curveOf(there)[0]?.[1] as number));
      return;
    }
    if (!options.data) return;
    expect(there.report.recovery).toMatchObject({ result: "recovered" });
    const { before, after } = there.report.recovery as NonNullable<Made["report"]["recovery"]>;
    expect(after.error).toBeLessThan(before.error / 2);
  });

  it("glyphs are cut and proved on a GPU", { timeout }, async (test) => {
    if (!(await browser.page.evaluate(() => globalThis.hasAdapter())))
      return test.skip("this browser has no adapter for WebGPU");
    const { report } = await run("webgpu", { ratio: 0.5 });
    expect(report.law).toMatchObject({ holds: true, vacuous: false });
  });
});
