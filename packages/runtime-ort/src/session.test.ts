import { describe, expect, test } from "vitest";
import type { OrtRuntime } from "./runtime.js";
import { createSession } from "./session.js";

/** A runtime that has no kernel for what it fuses, or for the model itself. */
function runtimeWithout(kernelAt: (level: string) => boolean, asked: string[]): OrtRuntime {
  const create = async (_: unknown, { graphOptimizationLevel = "" }: { graphOptimizationLevel?: string }) => {
    asked.push(graphOptimizationLevel);
    if (kernelAt(graphOptimizationLevel)) return { inputNames: [] };
    throw new Error("Failed to find kernel for com.microsoft.FusedMatMul(1)");
  };
  return { load: async () => ({ InferenceSession: { create } }) } as unknown as OrtRuntime;
}

describe("a model that a runtime's fusions spoil", () => {
  test("is opened without them", async () => {
    const asked: string[] = [];
    const runtime = runtimeWithout((level) => level === "basic", asked);
    await createSession(new Uint8Array(1), { runtime });
    expect(asked).toEqual(["all", "basic"]);
  });
  test("is refused for the first reason where that doesn't help, or was asked for", async () => {
    const asked: string[] = [];
    const runtime = runtimeWithout(() => false, asked);
    await expect(createSession(new Uint8Array(1), { runtime })).rejects.toThrow(/FusedMatMul/);
    await expect(createSession(new Uint8Array(1), { runtime, optimise: "basic" })).rejects.toThrow(
      /FusedMatMul/,
    );
    expect(asked).toEqual(["all", "basic", "basic"]);
  });
});
