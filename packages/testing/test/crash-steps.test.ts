import { cpSync, existsSync, mkdtempSync, readdirSync, rmSync, writeFileSync } from "node:fs";
import { tmpdir } from "node:os";
import { join } from "node:path";
import { noEdit } from "@prune/onnx";
import { openModel, saveModel } from "@prune/onnx/node";
import { openGraphModel, saveGraphModel } from "@prune/tfjs/node";
import { afterEach, beforeEach, describe, expect, it, vi } from "vitest";
import { external, modelBytes } from "../../onnx/test/files/build-model.js";
import { buildGraph } from "../../tfjs/test/build-graph.js";

/** Called before and after each step that changes what a folder holds: where a run may be killed. */
const steps = vi.hoisted(() => ({ at: (): void => {} }));

vi.mock("node:fs", async (original) => {
  const fs = await original<typeof import("node:fs")>();
  const stepped =
    <A extends unknown[], R>(run: (...args: A) => R): ((...args: A) => R) =>
    (...args) => {
      steps.at();
      const result = run(...args);
      steps.at();
      return result;
    };
  const hooked = {
    linkSync: stepped(fs.linkSync),
    renameSync: stepped(fs.renameSync),
    unlinkSync: stepped(fs.unlinkSync),
    rmSync: stepped(fs.rmSync),
  };
  return { ...fs, ...hooked, default: { ...fs, ...hooked } };
});

vi.mock("node:fs/promises", async (original) => {
  const fs = await original<typeof import("node:fs/promises")>();
  const stepped =
    <A extends unknown[], R>(run: (...args: A) => Promise<R>): ((...args: A) => Promise<R>) =>
    async (...args) => {
      steps.at();
      const result = await run(...args);
      steps.at();
      return result;
    };
  return { ...fs, rename: stepped(fs.rename), unlink: stepped(fs.unlink) };
});

let folder: string;
beforeEach(() => {
  folder = mkdtempSync(join(tmpdir(), "prune-steps-"));
});
afterEach(() => {
  steps.at = () => {};
  rmSync(folder, { recursive: true });
});

/** What `look` finds in copies of a folder, taken at every step of a task. */
async function seenDuring<T>(
  home: string,
  look: (copy: string) => T,
  task: () => Promise<void>,
): Promise<T[]> {
  const copies: string[] = [];
  let copying = false;
  steps.at = () => {
    if (copying || !existsSync(home)) return;
    copying = true;
    const copy = `${home}-step${copies.length}`;
    cpSync(home, copy, { recursive: true });
    copies.push(copy);
    copying = false;
  };
  await task();
  steps.at = () => {};
  return copies.map(look);
}

describe("a run that is killed at any step leaves the model that was there or the new one, whole", () => {
  it("of ONNX with external data, over an output", async () => {
    const size = 512;
    const inputs = [1, 2, 3].map((value) => {
      const home = mkdtempSync(join(folder, "in-"));
      writeFileSync(
        join(home, "model.onnx_data"),
        Buffer.from(new Float32Array(2 * size).fill(value).buffer),
      );
      const range = (i: number) => ({ location: "model.onnx_data", offset: i * size * 4, length: size * 4 });
      const initializer = [0, 1].map((i) => external(`w${i}`, [size], range(i)));
      // Graphs that differ too: one may not be read with the weights of another.
      const bytes = modelBytes({ name: `of ${value}`, initializer });
      writeFileSync(join(home, "model.onnx"), bytes);
      return openModel(join(home, "model.onnx"));
    });
    const out = mkdtempSync(join(folder, "out-"));
    const look = (copy: string): string => {
      const model = openModel(join(copy, "small.onnx"));
      const values = [...model.graph.initializers.values()].map((weight) => [
        ...new Set(weight.tensor().data),
      ]);
      return String([
        Buffer.from(model.source).includes("of 1"),
        Buffer.from(model.source).includes("of 2"),
        values,
      ]);
    };
    const save = (i: number): Promise<void> =>
      saveModel(join(out, "small.onnx"), inputs[i] as (typeof inputs)[number], noEdit);
    await save(0);
    expect(readdirSync(out).sort()).toEqual(["small.onnx", "small.onnx_data"]);
    const seen = await seenDuring(out, look, () => save(1));
    expect(seen.length).toBeGreaterThan(4);
    expect([...new Set(seen)]).toEqual(["true,false,1,1", "false,true,2,2"]);
    expect(readdirSync(out).length).toBe(2);
    await save(2);
    expect(readdirSync(out).sort()).toEqual(["small.onnx", "small.onnx_data"]);
  });

  it("of TensorFlow.js, over a folder", async () => {
    const model = (value: number) =>
      buildGraph((b) => {
        const x = b.node("Relu", [b.node("MatMul", [b.input("x", [-1, 6]), b.weight("w1", [6, 8])])]);
        return [b.node("MatMul", [x, b.weight("w2", [8, value])], {}, "y")];
      }, 2);
    const out = join(folder, "out");
    const look = (copy: string): number => {
      const { weights } = openGraphModel(copy);
      return weights.get("w2")?.entry.shape[1] as number;
    };
    await saveGraphModel(out, model(3));
    expect(readdirSync(out)).toEqual(["group1-shard1of2.bin", "group1-shard2of2.bin", "model.json"]);
    const seen = await seenDuring(out, look, () => saveGraphModel(out, model(4)));
    expect(seen.length).toBeGreaterThan(4);
    expect([...new Set(seen)]).toEqual([3, 4]);
    expect(readdirSync(out).length).toBe(3);
    const fresh = join(folder, "fresh");
    await saveGraphModel(fresh, model(3));
    expect(readdirSync(folder).filter((name) => name.includes(".tmp"))).toEqual([]);
  });
});
