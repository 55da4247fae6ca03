// What was removed, as a file: replayed on the same model it gives the same bytes.
// npm install @prune/onnx @prune/pruner @prune/importance-magnitude
import { readFileSync, writeFileSync } from "node:fs";
import { magnitude } from "@prune/importance-magnitude";
import { onnx } from "@prune/onnx";
import { openModel } from "@prune/onnx/node";
import { planFromRecipe, prune, readRecipe } from "@prune/pruner";

const model = openModel("model.onnx");
const backend = onnx();
const first = await prune(model, { backend, importance: magnitude(), ratio: 0.3 });
writeFileSync("recipe.json", JSON.stringify(first.recipe));

const recipe = readRecipe(JSON.parse(readFileSync("recipe.json", "utf8")));
const trace = backend.trace(model);
const again = backend.cut(model, trace, trace.cut(planFromRecipe(trace, recipe)));
const same = Buffer.from(again.source).equals(Buffer.from(first.model.source));
if (!same) throw new Error("the recipe gave other bytes");
console.log("replayed to the same", again.source.length, "bytes");
