import { existsSync } from "node:fs";
import { fileURLToPath } from "node:url";
import { type Group, openTrace, type Trace } from "@prune/graph";
import { openModel } from "@prune/onnx/node";
import { describe, expect, test } from "vitest";
import { rules } from "../src/operators/operators.js";
import { onnxSource } from "../src/trace/source.js";

/** Structure needs no weights: the zoo's graphs are traced as they lie there. */
const zoo = fileURLToPath(new URL("../../../../shared/zoo/", import.meta.url));
const haveZoo = existsSync(zoo);

const traced = (name: string): Trace => openTrace(onnxSource(openModel(`${zoo}${name}.onnx`), rules));

const parameters = (group: Group): string[] =>
  group.items
    .filter(({ axis }) => axis.role !== "activation")
    .map(({ axis, indices }) => `${axis.tensor} ${axis.dims} [${indices}]`);

const range = (from: number, to: number): number[] => Array.from({ length: to - from }, (_, i) => from + i);

describe.skipIf(!haveZoo)("groups of the zoo", { timeout: 60_000 }, () => {
  test("the first group of ResNet-18 is ten layers and the six operators between them", () => {
    const group = traced("var-resnet18-unfused").group({ tensor: "conv1.weight", dim: 0 }, [2, 6, 9]);
    const layers: string[] = [];
    for (const { axis } of group.items) {
      if (axis.role === "activation") continue;
      const layer = axis.tensor.replace(/\.\w+$/, "");
      const side = axis.role === "value" ? layer : `${layer}.${axis.role}`;
      if (!layers.includes(side)) layers.push(side);
    }
    expect(layers).toEqual([
      "conv1.out",
      "bn1",
      "layer1.0.conv1.in",
      "layer1.0.bn2",
      "layer1.0.conv2.out",
      "layer1.1.conv1.in",
      "layer1.1.bn2",
      "layer1.1.conv2.out",
      "layer2.0.conv1.in",
      "layer2.0.downsample.0.in",
    ]);
    const nodes = new Map(group.items.map(({ dependency: { via } }) => [via.node, via.op]));
    expect([...nodes.values()].filter((op) => !/Conv|BatchNorm/.test(op))).toEqual([
      "Relu",
      "MaxPool",
      "Add",
      "Relu",
      "Add",
      "Relu",
    ]);
    expect(nodes.size).toBe(16);
    for (const { indices, rootIndices, dependency } of group.items) {
      expect(indices).toEqual([2, 6, 9]);
      expect(rootIndices).toEqual([[2], [6], [9]]);
      expect([dependency.map.from, dependency.map.to]).toEqual([64, 64]);
    }
    expect(group.check()).toEqual([]);
    expect(group.plan()).toEqual({ units: group.units, atoms: [] });
    expect(group.units).toHaveLength(3);
    expect(String(group).split("\n")).toHaveLength(1 + group.items.length);
  });

  test("the same group where batch normalisation is folded", () => {
    const group = traced("tv-resnet18").group({ tensor: "conv1.weight", dim: 0 }, [2, 6, 9]);
    const weights = parameters(group).filter((text) => /weight \d/.test(text));
    expect(weights).toEqual([
      "conv1.weight 0 [2,6,9]",
      "layer1.0.conv1.weight 1 [2,6,9]",
      "layer1.0.conv2.weight 0 [2,6,9]",
      "layer1.1.conv1.weight 1 [2,6,9]",
      "layer1.1.conv2.weight 0 [2,6,9]",
      "layer2.0.conv1.weight 1 [2,6,9]",
      "layer2.0.downsample.0.weight 1 [2,6,9]",
    ]);
  });

  test("LeNet's flatten takes 16 columns for each channel", () => {
    const group = traced("net-lenet").group({ tensor: "c2.weight", dim: 0 }, [0, 5]);
    expect(parameters(group)).toEqual([
      "c2.weight 0 [0,5]",
      "c2.bias 0 [0,5]",
      `f1.weight 1 [${[...range(0, 16), ...range(80, 96)]}]`,
    ]);
    expect(group.items.at(-1)?.rootIndices[20]).toEqual([5]);
  });

  test("grouped-query attention: dims rotate in pairs, a copy leaves with every key head, a key head with its queries", () => {
    const trace = traced("hf-llama");
    const groups = trace.groups().filter((group) => group.root.tensor === "val_47");
    const kinds = groups.map(({ families }) => families.map(({ kind, units }) => `${kind} ${units.length}`));
    expect(kinds.flat().sort()).toEqual(["channels 8", "rows 2", "rows 2"]);
    // 4 query heads of 16 dims over 2 key heads.
    const dims = trace.group({ tensor: "val_47", dim: 1 }, [3]);
    expect(parameters(dims).filter((text) => text.startsWith("val"))).toEqual([
      "val_47 1 [3,11,19,27,35,43,51,59]",
      "val_54 1 [3,11,19,27]",
    ]);
    const heads = groups
      .filter(({ families }) => families[0]?.kind === "rows")
      .map((group) => parameters(group.slice([0])).sort());
    const [key, copy] = heads[0]?.length === 4 ? heads : [...heads].reverse();
    expect(key).toEqual([
      `val_144 0 [${range(0, 32)}]`,
      `val_47 1 [${range(0, 32)}]`,
      `val_54 1 [${range(0, 16)}]`,
      `val_61 1 [${range(0, 16)}]`,
    ]);
    const both = [...range(0, 16), ...range(32, 48)];
    expect(copy).toEqual([`val_144 0 [${both}]`, `val_47 1 [${both}]`]);
    for (const group of groups) expect(group.slice([0]).check()).toEqual([]);
  });

  test("a fused qkv weight loses a head of all three, or the same dims of query and key", () => {
    const trace = traced("hf-gpt2");
    const root = { tensor: "m.transformer.h.0.attn.c_attn.weight", dim: 1 };
    const head = trace.group(root, [3], { family: "rows" });
    const rows = [...range(0, 16), ...range(64, 80), ...range(128, 144)];
    expect(parameters(head)).toEqual([
      `m.transformer.h.0.attn.c_attn.weight 1 [${rows}]`,
      `m.transformer.h.0.attn.c_attn.bias 0 [${rows}]`,
      `m.transformer.h.0.attn.c_proj.weight 0 [${range(0, 16)}]`,
    ]);
    expect(head.check()).toEqual([]);
    const dims = trace.group(root, [3]);
    expect(dims.items[0]?.indices).toEqual([3, 67]);
    expect(dims.check()[0]?.text).toMatch(/\[19, 35, 51, 83, 99, 115\] of .* leave with them by default/);
    const column = trace.group(root, [3, 19, 35, 51]);
    expect(column.check()).toEqual([]);
    expect(column.plan().units).toHaveLength(1);
  });

  test("ShuffleNet's channels are followed through every shuffle", () => {
    const trace = traced("tv-shufflenet_v2_x1_0");
    const group = trace.group({ tensor: "stage2.0.branch2.5.weight", dim: 0 }, [1]);
    const at = group.items.map(({ axis, indices }) => `${axis.tensor} ${indices}`);
    // Second branch of the Concat, then position 2 * 1 + 1 of the shuffled 116, doubled at each later shuffle.
    expect(at).toContain("cat 59");
    expect(at).toContain("view_1 3");
    expect(at).toContain("view_7 24");
    expect(parameters(group).filter((text) => text.includes("weight "))).toEqual([
      "stage2.0.branch2.5.weight 0 [1]",
      "stage3.0.branch1.0.weight 0 [24]",
      "stage3.0.branch2.0.weight 1 [24]",
      "stage3.0.branch1.2.weight 1 [24]",
    ]);
    expect(group.check()).toEqual([]);
  });

  test.each(["net-unet", "net-lstm", "net-yolov8", "hf-bert", "hf-phi3", "hf-swin", "net-shuffle"])(
    "%s: every unit is in one group, and groups reach every axis that their units occur in",
    (name) => {
      const trace = traced(name);
      const groups = trace.groups();
      const units = groups.flatMap((group) => group.units);
      expect(new Set(units).size).toBe(units.length);
      expect(units.length).toBe(trace.families.reduce((n, { units: list }) => n + list.length, 0));
      const { members } = trace;
      for (const group of groups) {
        const reached = new Set(parameters(group).map((text) => text.split(" [")[0]));
        for (const { members: list } of group.families)
          for (const m of list) {
            const { parameter, selector } = members[m] as (typeof members)[number];
            expect(reached).toContain(`${parameter.tensor} ${selector.dims}`);
          }
      }
    },
  );

  test("what must stay has a reason that names its node", () => {
    const frozen = traced("hf-bert").frozen();
    expect(frozen.find(({ tensor, dim }) => /word_embeddings/.test(tensor) && dim === 0)).toMatchObject({
      share: 1,
      reason: "Gather uses it as a whole",
    });
    for (const { share, reason } of frozen) {
      expect(share).toBeGreaterThan(0);
      expect(share).toBeLessThanOrEqual(1);
      expect(reason).not.toBe("");
    }
  });
});
