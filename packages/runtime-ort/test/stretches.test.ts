import { mkdtempSync, rmSync } from "node:fs";
import { tmpdir } from "node:os";
import { join } from "node:path";
import type { Trace } from "@prune/graph";
import { type Model, modelToBytes, noEdit, onnx, readModel } from "@prune/onnx";
import { openModel } from "@prune/onnx/node";
import { checkLaw, judge, type Law } from "@prune/runtime-ort";
import { describe, expect, test } from "vitest";
import { writeDecoder } from "../../../tooling/scale/decoder.js";
import { decoders } from "../../onnx/test/exported/decoder-cases.js";
import { type DecoderSizes, decoderBytes } from "../../onnx/test/exported/decoders.js";
import { type Chosen, samplePlans } from "../../pruner/src/advanced.js";

const backend = onnx();
/** Bytes of memory in which no model here fits in one piece. */
const little = 4000;

const deep: DecoderSizes = { layers: 3, heads: 4, groups: 4, size: 16, width: 64, vocabulary: 11 };
const bytesOf = (name: string): Uint8Array => {
  const build = decoders[name] as (g: never, sizes?: DecoderSizes) => void;
  return decoderBytes((g) => (name === "LSTM states" ? build(g as never) : build(g as never, deep)));
};

/** Of every family of units some, heads too: the first of the plans removes nothing, and only every fourth heads. */
function planOf(trace: Trace): Chosen {
  const plans = samplePlans(trace);
  return Array.from({ length: 4 }, () => plans.next().value).at(-1) as Chosen;
}

interface Sides {
  readonly model: Model;
  readonly masked: Model;
  readonly cut: Model;
}

function sidesOf(original: Uint8Array): Sides & Pick<Parameters<typeof checkLaw>[0], "living"> {
  const model = readModel(original);
  const trace = backend.trace(model);
  const { cut } = planOf(trace);
  return {
    model,
    masked: readModel(modelToBytes(model, backend.mask(model, trace, cut))),
    cut: readModel(modelToBytes(model, backend.edit(model, trace, cut))),
    living: (tensor, dims) => backend.living(trace, cut, tensor, dims),
  };
}

const lawOf = (sides: Sides, memory: number): Promise<Law> =>
  checkLaw(
    {
      ...sides,
      original: sides.model.source,
      masked: { model: sides.masked, edit: noEdit },
      cut: { model: sides.cut, edit: noEdit },
    },
    { seeds: 2, memory },
  );

/** The same but for one number of the last matrix. */
function wrong(model: Model): Model {
  const [name, weight] =
    [...model.graph.initializers].filter(([, { shape }]) => shape.length === 2).at(-1) ?? [];
  if (name === undefined || !weight) throw new Error("it stores no matrix");
  const bytes = weight.bytes().slice();
  new DataView(bytes.buffer).setFloat32(bytes.length - 4, 3, true);
  const tensors = new Map([[name, { shape: weight.shape, bytes: () => bytes }]]);
  return readModel(modelToBytes(model, { ...noEdit, tensors }));
}

test("weights that lie in a file beside the model are cut when their stretch is run", async () => {
  const folder = mkdtempSync(join(tmpdir(), "prune-stretches-"));
  try {
    const path = join(folder, "model.onnx");
    writeDecoder(path, { layers: 3, width: 64, heads: 4, groups: 2, hidden: 96, vocabulary: 50 });
    const model = openModel(path);
    const trace = backend.trace(model);
    const { cut } = planOf(trace);
    const lawIn = (memory: number): Promise<Law> =>
      checkLaw(
        {
          original: path,
          masked: { model, edit: backend.mask(model, trace, cut) },
          cut: { model, edit: backend.edit(model, trace, cut) },
          living: (tensor, dims) => backend.living(trace, cut, tensor, dims),
        },
        { seeds: 2, memory },
      );
    const law = await lawIn(100_000);
    expect(law.stretches).toBeGreaterThan(2);
    expect(judge(law, 2e-2)).toEqual({ holds: true, vacuous: false });
    // Between two stretches numbers are halves again, which the runtime spares itself inside of one.
    const { seeds, steps, moved } = await lawIn(1e12);
    expect(law).toMatchObject({ seeds, steps });
    expect(law.moved).toBeCloseTo(moved, 2);
  } finally {
    rmSync(folder, { recursive: true });
  }
});

const names = Object.keys(decoders).filter((name) => !/merged/.test(name));

describe("the law of a model that is run by stretches", () => {
  test.each(names)("is the law of the whole: %s", async (name) => {
    const sides = sidesOf(bytesOf(name));
    const whole = await lawOf(sides, 1e12);
    const { stretches, ...law } = await lawOf(sides, little);
    expect(whole.stretches).toBeUndefined();
    expect(stretches).toBeGreaterThan(1);
    expect(law).toEqual(whole);
    expect(judge(law, 1e-4)).toEqual({ holds: true, vacuous: false });
    const spoilt = { ...sides, cut: wrong(sides.cut) };
    const { stretches: _, ...broken } = await lawOf(spoilt, little);
    expect(broken).toEqual(await lawOf(spoilt, 1e12));
    expect(judge(broken, 1e-4).holds).toBe(false);
  });
});
