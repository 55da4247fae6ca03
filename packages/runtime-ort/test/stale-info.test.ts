import { emptyPlan } from "@prune/graph";
import { modelToBytes, onnx, readModel } from "@prune/onnx";
import { createSession } from "@prune/runtime-ort";
import { expect, it } from "vitest";
import { floats, info, modelBytes, node } from "../../onnx/test/files/build-model.js";

/** x [n, 4] -> 8 hidden -> 5 hidden -> y, with what an exporter left of an older model. */
const model = readModel(
  modelBytes({
    name: "stale",
    input: [info("x", ["n", 4])],
    output: [info("y", ["n", 3])],
    valueInfo: [
      info("a", ["n", 8]),
      info("b", [7, 8]),
      info("c", ["n", 8, 1]),
      info("d", [1, 6]),
      info("y0", ["rows", 3]),
      info("gone", [9]),
    ],
    initializer: [
      floats(
        "w1",
        [4, 8],
        Array.from({ length: 32 }, (_, i) => i / 32),
      ),
      floats(
        "w2",
        [8, 5],
        Array.from({ length: 40 }, (_, i) => i / 40),
      ),
      floats(
        "w3",
        [5, 3],
        Array.from({ length: 15 }, (_, i) => i / 15),
      ),
    ],
    node: [
      node("MatMul", ["x", "w1"], ["a"]),
      node("Relu", ["a"], ["b"]),
      node("MatMul", ["b", "w2"], ["c"]),
      node("Relu", ["c"], ["d"]),
      node("MatMul", ["d", "w3"], ["y0"]),
      node("Identity", ["y0"], ["y"]),
    ],
  }),
);

it("keeps of value_info what holds in the smaller model", async () => {
  const backend = onnx();
  const trace = backend.trace(model);
  const family = trace.families.find(({ members }) =>
    members.some((m) => trace.members[m]?.parameter.tensor === "w1"),
  );
  const cut = trace.cut({ ...emptyPlan, units: [family?.units[0] as number] });
  const bytes = modelToBytes(model, backend.edit(model, trace, cut));
  expect([...readModel(bytes).graph.valueInfo.keys()]).toEqual(["y0"]);
  const session = await createSession(bytes);
  expect(session.outputNames).toEqual(["y"]);
  await session.release();
});
