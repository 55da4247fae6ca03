// Prints whether two model folders generate the same tokens in @huggingface/transformers.
//   node --import tsx generate.ts FOLDER_OF_ITS_INSTALLATION ONE OTHER
import { createRequire } from "node:module";
import { join } from "node:path";
import { pathToFileURL } from "node:url";

const [installed = "", ...folders] = process.argv.slice(2);
const from = createRequire(join(installed, "package.json")).resolve("@huggingface/transformers");
const { AutoModelForCausalLM, Tensor, env } = await import(pathToFileURL(from).href);
env.allowRemoteModels = false;
env.localModelPath = "/";

const wanted = 64;
const prompt = [5n, 3n, 9n, 1n, 7n, 4n];

async function tokens(folder: string): Promise<number[]> {
  const model = await AutoModelForCausalLM.from_pretrained(folder, { dtype: "fp32", local_files_only: true });
  const of = (values: readonly bigint[]): unknown =>
    new Tensor("int64", BigInt64Array.from(values), [1, prompt.length]);
  const made = await model.generate({
    inputs: of(prompt),
    attention_mask: of(prompt.map(() => 1n)),
    max_new_tokens: wanted,
    min_new_tokens: wanted,
    do_sample: false,
  });
  return Array.from(made.data, Number).slice(prompt.length);
}

const [one = [], other = []] = await Promise.all(folders.map(tokens));
const same = one.findIndex((token, i) => token !== other[i]);
const different = new Set(one).size;
console.log(
  same < 0 && one.length === other.length
    ? `${one.length} equal (${different} different ones)`
    : `${Math.max(0, same)} of ${wanted} equal`,
);
