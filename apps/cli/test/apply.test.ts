import { existsSync, mkdtempSync, readFileSync, rmSync, writeFileSync } from "node:fs";
import { tmpdir } from "node:os";
import { join } from "node:path";
import { saveTfjsModel } from "@prune/tfjs/node";
import { afterAll, beforeAll, describe, expect, it } from "vitest";
import { layersTwin, onnxTwin } from "../../../packages/testing/test/twins.js";
import { glyphs, prune } from "./command.js";
import { useBackend } from "./use-backend.js";

const folder = mkdtempSync(join(tmpdir(), "prune-cli-apply-"));
const at = (name: string): string => join(folder, name);
afterAll(() => rmSync(folder, { recursive: true }));

beforeAll(async () => {
  await useBackend("cpu");
  writeFileSync(at("model.onnx"), onnxTwin().source);
  await saveTfjsModel(at("twin"), layersTwin());
  const ran = await prune(at("model.onnx"), "-o", at("smaller.onnx"), "--recipe", at("recipe.json"));
  expect(ran.code).toBe(0);
});

const applied = async (model: string, recipe: string, out: string) => {
  const ran = await prune("apply", model, "--recipe", recipe, "-o", out, "--json");
  expect(ran).toMatchObject({ code: 0, err: "" });
  return JSON.parse(ran.out);
};

describe("prune apply", () => {
  it("makes the same file again of the model that the recipe is of", async () => {
    const result = await applied(at("model.onnx"), at("recipe.json"), at("again.onnx"));
    expect(result).toMatchObject({
      format: "prune-apply/1",
      pairs: null,
      findings: [],
      law: { holds: true },
    });
    expect(readFileSync(at("again.onnx")).equals(readFileSync(at("smaller.onnx")))).toBe(true);
  });

  it("cuts the same units out of a TensorFlow.js twin, and the other way round", async () => {
    const there = await applied(at("twin/model.json"), at("recipe.json"), at("twin-small"));
    expect(there).toMatchObject({ findings: [], law: { holds: true, vacuous: false } });
    expect(there.pairs).toContainEqual({ here: "fc1/kernel", there: "fc1.weight" });
    const recipe = at("twin-recipe.json");
    await prune(at("twin/model.json"), "-o", at("twin-half"), "--recipe", recipe);
    const back = await applied(at("model.onnx"), recipe, at("back.onnx"));
    expect(back).toMatchObject({ findings: [], law: { holds: true, vacuous: false } });
    const inspect = async (path: string) => JSON.parse((await prune("inspect", path, "--json")).out).cost;
    const [onnx, tfjs] = [await inspect(at("smaller.onnx")), await inspect(at("twin-small/model.json"))];
    expect(onnx.macs).toBe(tfjs.macs);
    expect((await inspect(at("back.onnx"))).macs).toBe((await inspect(at("twin-half/model.json"))).macs);
  });

  it("refuses a recipe that removes an output class, also unchecked", async () => {
    const shapes = { "fc.weight": [36, 64], "fc.bias": [36] };
    const parameters = Object.entries(shapes).map(([tensor, shape]) => ({
      tensor,
      shape,
      selectors: [{ view: shape, dims: [0], removed: [0] }],
    }));
    const recipe = {
      format: "prune-recipe/1",
      source: { sha256: "0".repeat(64), backend: "onnx" },
      options: {},
      parameters,
    };
    writeFileSync(at("class.json"), JSON.stringify(recipe));
    const out = at("class.onnx");
    const ran = await prune("apply", glyphs, "--recipe", at("class.json"), "-o", out, "--no-verify");
    expect(ran.code).toBe(1);
    expect(ran.err).toMatch(/must stay: graph output/);
    expect(existsSync(out)).toBe(false);
  });

  it("prints what stands for what, and what doesn't", async () => {
    const recipe = JSON.parse(readFileSync(at("recipe.json"), "utf8"));
    recipe.parameters[0].tensor = "unheard.of";
    writeFileSync(at("odd.json"), JSON.stringify(recipe));
    const { code, out } = await prune(
      "apply",
      at("twin/model.json"),
      "--recipe",
      at("odd.json"),
      "-o",
      at("odd"),
    );
    expect(code).toBe(0);
    expect(out).toMatch(/tensors stand for those of the recipe\n {2}unheard\.of: no tensor here/);
  });

  it("refuses a recipe of another network, and what is none", async () => {
    const other = await prune("apply", glyphs, "--recipe", at("recipe.json"), "-o", at("none.onnx"));
    expect(other.code).toBe(1);
    expect(other.err).toMatch(/does not belong to this model/);
    const none = await prune(
      "apply",
      glyphs,
      "--recipe",
      at("twin/model.json"),
      "-o",
      at("none.onnx"),
      "--json",
    );
    expect(JSON.parse(none.out).error.code).toBe("bad-recipe");
    expect((await prune("apply", glyphs, "--recipe", at("gone.json"), "-o", at("none.onnx"))).err).toMatch(
      /Can't read/,
    );
  });
});
