import type { Cut, Trace } from "@prune/graph";
import { type Model, type OnnxBackend, onnx } from "@prune/onnx";
import { findingsOf, structures } from "@prune/testing";
import { expect, it } from "vitest";
import { onnxSubject } from "./subjects.js";

const sound = onnx();

const findings = (change: Partial<OnnxBackend>): Promise<string[]> =>
  findingsOf({ ...onnxSubject, backend: { ...sound, ...change } }, structures["dense layers"]);

/** As many units of each family, but others. */
function others(trace: Trace, cut: Cut): Cut {
  const { units } = trace;
  const dies = (u: number): boolean => !cut.lives(units.atoms[units.start[u] as number] as number);
  const mirrored = trace.families.flatMap(({ units: own }) =>
    Array.from(own.keys())
      .filter((i) => dies(own[i] as number))
      .map((i) => own[own.length - 1 - i] as number),
  );
  return trace.cut({ units: mirrored, atoms: [] });
}

it("finds nothing wrong with a sound backend", async () => {
  expect(await findings({})).toEqual([]);
});

it("sees a backend that cuts other units than it is told", async () => {
  const cut = (model: Model, trace: Trace, of: Cut): Model => sound.cut(model, trace, others(trace, of));
  expect((await findings({ cut })).join()).toMatch(/the cut is not the mask/);
});

it("sees a cost that is not the cut model's, and removals that are missing", async () => {
  const cost: OnnxBackend["cost"] = (model, trace, cut) => ({
    ...sound.cost(model, trace, cut),
    ...(cut && { macs: 1 }),
  });
  expect((await findings({ cost })).join()).toMatch(/the cut was to cost 1 MACs/);
  expect((await findings({ removals: () => [] })).join()).toMatch(/removes nothing.*replayed/);
});

it("sees a model that says something else each time", async () => {
  let count = 0;
  const hash = async (): Promise<string> => String(count++).padStart(64, "0");
  expect((await findings({ hash })).join()).toMatch(/changed the original.*another model/);
});
