import { recoverModel } from "@prune/onnx-recovery";
import { describe, expect, it } from "vitest";
import { attention, backend, modelOf } from "../../pruner/test/models.js";
import { batchesOf } from "./networks.js";

describe("attention that lost dims of queries and keys", () => {
  const original = modelOf(attention);
  const trace = backend.trace(original);
  const samples = batchesOf(64, [1, 5, 8], 5).map(({ input }) => ({ x: input }));
  const family = trace.families.find(({ members, units }) => {
    const tensors = members.map((m) => trace.members[m]?.parameter.tensor);
    return tensors.includes("q") && tensors.includes("k") && !tensors.includes("v") && units.length === 4;
  });
  const cut = trace.cut({ units: [family?.units[1] as number], atoms: [] });
  const smaller = backend.cut(original, trace, cut);
  const recovered = (logits: boolean) => recoverModel({ original, smaller, cut }, samples, { logits });

  it("gives the logits that it gave, head by head, as near as its dims can", async () => {
    const [plain, full] = [await recovered(false), await recovered(true)];
    expect(plain.report.logits).toEqual([]);
    const { logits } = full.report;
    expect(logits).toHaveLength(4);
    for (const { before, after } of logits) expect(after).toBeLessThanOrEqual(before);
    expect(logits.some(({ before, after }) => after < 0.7 * before)).toBe(true);
    expect(full.report.after.error).toBeLessThan(plain.report.after.error);
    expect((await recovered(true)).model.source).toEqual(full.model.source);
  });

  it("is left alone where nothing was lost", async () => {
    const hidden = trace.families.find(({ members }) =>
      members.some((m) => trace.members[m]?.parameter.tensor === "v"),
    );
    const other = trace.cut({ units: [hidden?.units[0] as number], atoms: [] });
    const { report } = await recoverModel(
      { original, smaller: backend.cut(original, trace, other), cut: other },
      samples,
    );
    expect(report.logits).toEqual([]);
  });
});
