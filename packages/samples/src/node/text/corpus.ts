import { readFile, stat } from "node:fs/promises";
import { extensionOf } from "../../entries.js";
import { reasonOf, SamplesError } from "../../errors.js";
import type { TextTokenizer } from "./tokenizer.js";

/** Whether a file holds text, by its name. */
export const isText = (path: string): boolean => [".txt", ".jsonl"].includes(extensionOf(path));

/** More text than samples are drawn of; all of it is made into tokens first. */
const mostBytes = 256 * 2 ** 20;

/**
 * The tokens of a corpus in one row: of a .txt as it is, of a .jsonl document by document with the tokenizer's end of
 * text between them.
 */
export async function corpusTokens(
  path: string,
  tokenizer: TextTokenizer,
  field: string,
): Promise<Int32Array> {
  const text = await textAt(path);
  const documents = extensionOf(path) === ".jsonl" ? documentsOf(path, text, field) : [text];
  const tokens: number[] = [];
  documents.forEach((document, i) => {
    if (i > 0 && tokenizer.end !== undefined) tokens.push(tokenizer.end);
    for (const part of partsOf(document)) for (const token of tokenizer.encode(part)) tokens.push(token);
  });
  return Int32Array.from(tokens);
}

async function textAt(path: string): Promise<string> {
  try {
    const { size } = await stat(path);
    if (size > mostBytes)
      throw new SamplesError("bad-file", {
        path,
        why: `it has ${size} bytes, and ${mostBytes} are the most that are read of text; a part of it is enough`,
      });
    return await readFile(path, "utf8");
  } catch (error) {
    if (error instanceof SamplesError) throw error;
    throw new SamplesError("unreadable", { path, why: reasonOf(error) }, { cause: error });
  }
}

function documentsOf(path: string, text: string, field: string): string[] {
  return text.split("\n").flatMap((line, i) => {
    if (line.trim() === "") return [];
    const bad = (why: string): SamplesError =>
      new SamplesError("bad-file", { path, why: `line ${i + 1} ${why}` });
    let value: unknown;
    try {
      value = JSON.parse(line);
    } catch (error) {
      throw bad(`is not JSON (${reasonOf(error)})`);
    }
    const document = typeof value === "string" ? value : (value as Record<string, unknown> | null)?.[field];
    if (typeof document !== "string")
      throw bad(
        `has no text "${field}"; name its field: {"field": NAME} in the configuration of the samples`,
      );
    return [document];
  });
}

/** Characters that are made into tokens at a time: some tokenizers take longer than in proportion. */
const longest = 1 << 16;

/** Long text in parts, which begin behind a line break that no further white space follows. */
function* partsOf(text: string): Generator<string> {
  let from = 0;
  while (text.length - from > longest) {
    const ahead = /\n(?=\S)/g;
    ahead.lastIndex = from + longest;
    const end = ahead.exec(text);
    if (!end) break;
    yield text.slice(from, end.index + 1);
    from = end.index + 1;
  }
  if (from < text.length) yield text.slice(from);
}
