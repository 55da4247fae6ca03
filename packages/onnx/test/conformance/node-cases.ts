import { existsSync, readFileSync } from "node:fs";
import { gunzipSync } from "node:zlib";
import type { Tensor } from "@prune/onnx/advanced";
import { readWeight } from "../../src/read/read-weight.js";
import { untar } from "../files/untar.js";

const archive = new URL("../../../../../shared/models/onnx/onnx-node-tests.tar.gz", import.meta.url);

/** False where this checkout has no ../shared. */
export const hasNodeCases: boolean = existsSync(archive);

/** A case of ONNX's own conformance tests: a model, its inputs and what must come out. */
export interface NodeCase {
  readonly name: string;
  readonly model: Uint8Array;
  /** Recorded tensors as stored; undefined where there is none. */
  input(i: number): Uint8Array | undefined;
  output(i: number): Uint8Array | undefined;
}

export function nodeCases(): NodeCase[] {
  const files = untar(gunzipSync(readFileSync(archive)));
  return [...files]
    .filter(([path]) => path.endsWith("/model.onnx"))
    .map(([path, model]) => {
      const folder = path.slice(0, -"/model.onnx".length);
      return {
        name: folder.slice(folder.lastIndexOf("/") + 1),
        model,
        input: (i) => files.get(`${folder}/test_data_set_0/input_${i}.pb`),
        output: (i) => files.get(`${folder}/test_data_set_0/output_${i}.pb`),
      };
    });
}

/** A tensor in a file of its own; undefined for sequences, strings and packed types. */
export function tensorOf(bytes: Uint8Array | undefined): Tensor | undefined {
  if (!bytes) return undefined;
  try {
    return readWeight({ bytes }, { start: 0, end: bytes.length }).tensor();
  } catch {
    return undefined;
  }
}
