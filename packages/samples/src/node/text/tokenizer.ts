import { readFile } from "node:fs/promises";
import { basename, dirname, join } from "node:path";
import { reasonOf, SamplesError } from "../../errors.js";

/** What text becomes numbers by. */
export interface TextTokenizer {
  /** Tokens of a text, without any that a model is to begin or end with. */
  encode(text: string): readonly number[];
  /** The token that stands between documents, if there is one. */
  readonly end: number | undefined;
}

const file = "tokenizer.json";

/**
 * The tokenizer of a model's folder, by the Hub's own library, which is loaded only now.
 *
 * @param path its `tokenizer.json`, or the folder that has it; models that lie in a folder `onnx` have it above
 */
export async function openTokenizer(path: string): Promise<TextTokenizer> {
  const { home, json } = await found(path);
  const config = (await readJson(tokenizerConfig(join(home, file)))) ?? {};
  const { Tokenizer } = await library();
  let tokenizer: InstanceType<typeof Tokenizer>;
  try {
    tokenizer = new Tokenizer(json, config);
  } catch (error) {
    throw new SamplesError(
      "bad-tokenizer",
      { path: join(home, file), why: reasonOf(error) },
      { cause: error },
    );
  }
  const tokens = config as Readonly<Record<string, unknown>>;
  const end = ["eos_token", "sep_token"]
    .map((kind) => textOf(tokens[kind]))
    .map((token) => (token === undefined ? undefined : tokenizer.token_to_id(token)))
    .find((id) => id !== undefined);
  return { encode: (text) => tokenizer.encode(text, { add_special_tokens: false }).ids, end };
}

/** Tokens are written as they are, or as an object that has them. */
const textOf = (token: unknown): string | undefined =>
  typeof token === "string" ? token : (token as { readonly content?: string } | null | undefined)?.content;

/** Where the tokenizer of a model in a folder may lie, the first that is there first: in it, or above it where it is `onnx`. */
export const tokenizerPlaces = (folder: string): readonly string[] => [
  join(folder, file),
  ...(basename(folder) === "onnx" ? [join(dirname(folder), file)] : []),
];

/** What else belongs to the tokenizer that lies at a path. */
export const tokenizerConfig = (path: string): string => join(dirname(path), "tokenizer_config.json");

async function found(path: string): Promise<{ readonly home: string; readonly json: object }> {
  const places = path.endsWith(".json") ? [path] : tokenizerPlaces(path);
  for (const place of places) {
    const json = await readJson(place);
    if (json) return { home: dirname(place), json };
  }
  throw new SamplesError("no-tokenizer", { path: places[0] as string });
}

/** A file's object; undefined if there is no such file. */
async function readJson(path: string): Promise<object | undefined> {
  let text: string;
  try {
    text = await readFile(path, "utf8");
  } catch (error) {
    const { code } = error as NodeJS.ErrnoException;
    if (code === "ENOENT" || code === "ENOTDIR") return undefined;
    throw new SamplesError("unreadable", { path, why: reasonOf(error) }, { cause: error });
  }
  try {
    const value: unknown = JSON.parse(text);
    if (typeof value === "object" && value !== null && !Array.isArray(value)) return value;
  } catch (error) {
    throw new SamplesError(
      "bad-tokenizer",
      { path, why: `it is not JSON (${reasonOf(error)})` },
      { cause: error },
    );
  }
  throw new SamplesError("bad-tokenizer", { path, why: "it holds no object" });
}

/** Everything but text works without it. */
async function library(): Promise<typeof import("@huggingface/tokenizers")> {
  try {
    return await import("@huggingface/tokenizers");
  } catch (error) {
    throw new SamplesError("no-text-reader", { why: reasonOf(error).split("\n")[0] ?? "" }, { cause: error });
  }
}
