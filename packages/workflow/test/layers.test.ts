import { existsSync, mkdtempSync, rmSync } from "node:fs";
import { tmpdir } from "node:os";
import { join } from "node:path";
import { fileURLToPath } from "node:url";
import { nodeWorkflow } from "@prune/workflow/node";
import { afterAll, describe, expect, it } from "vitest";

const cases = fileURLToPath(new URL("../../../../shared/cases/llm/", import.meta.url));
const home = mkdtempSync(join(tmpdir(), "prune-layers-"));
afterAll(() => rmSync(home, { recursive: true }));

/** Decoders of real exporters, and what the sums are called that a layer ends its two parts in. */
const decoders: readonly (readonly [name: string, sums: (layer: number) => RegExp])[] = [
  ...["llama-kv-optimum", "llama-kv-uint8", "qwen3moe-kv-optimum", "external_onnx_data/model"].map(
    (name) => [name, (layer: number) => new RegExp(`layers\\.${layer}/Add(_1)?_output_0$`)] as const,
  ),
  ...["ga-llama-fp32/model", "ga-llama-int4/model"].map(
    (name) =>
      [
        name,
        // Its norms hold the sums: that behind attention, and that before the next layer.
        (layer: number) =>
          new RegExp(`layers\\.(${layer}/post_attention|${layer + 1}/(input|final_norm))_layernorm`),
      ] as const,
  ),
];

describe("whole layers of decoders of real exporters (needs ../shared)", { timeout: 300_000 }, () => {
  it.skipIf(!existsSync(cases)).each(decoders)("%s", async (name, sums) => {
    const path = join(cases, `${name}.onnx`);
    const workflow = nodeWorkflow();
    const all = (await workflow.inspect(path, { io: "cache" })).blocks ?? [];
    for (const layer of [0, 1, 2]) {
      const blocks = all.map((block) => block.name).filter((block) => sums(layer).test(block));
      expect(blocks).toHaveLength(2);
      const out = join(home, "smaller.onnx");
      const { report } = await workflow.prune(path, { blocks, io: "cache", out });
      expect(report.blocks?.caches?.layers).toEqual({
        before: 3,
        left: [0, 1, 2].filter((other) => other !== layer),
      });
      expect(report.blocks?.law).toMatchObject({ holds: true, vacuous: false, sameForm: true, steps: 6 });
      const { groups } = await workflow.inspect(out, { io: "cache" });
      expect(groups.length).toBeGreaterThan(0);
    }
  });
});
