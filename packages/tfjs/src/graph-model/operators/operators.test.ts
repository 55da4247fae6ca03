import { readdirSync } from "node:fs";
import { createRequire } from "node:module";
import { dirname, join } from "node:path";
import { beforeAll, expect, test } from "vitest";
import { arithmetic } from "../contents/arithmetic.js";
import { movement } from "../contents/movement.js";
import type { TfNode } from "../node.js";
import { families, graphRules, operators, recordOf } from "./operators.js";

/** An operator as TensorFlow.js's converter maps it. */
interface Mapped {
  readonly tfOpName: string;
  readonly inputs?: readonly {
    readonly start: number;
    readonly end?: number;
    readonly defaultValue?: unknown;
  }[];
}

/** All operators that TensorFlow.js runs. */
const mapped: Mapped[] = [];

beforeAll(async () => {
  const converter = createRequire(import.meta.url).resolve("@tensorflow/tfjs-converter/package.json");
  const folder = join(dirname(converter), "dist/operations/op_list");
  for (const file of readdirSync(folder)) {
    if (!/^[a-z_]+\.js$/.test(file)) continue;
    const { json } = (await import(join(folder, file))) as { readonly json: readonly Mapped[] };
    mapped.push(...json);
  }
});

/** What TensorFlow.js runs and we don't follow: what these read stays, and is named. */
const unfollowed = new Set(
  `Const Placeholder PlaceholderWithDefault NoOp Complex ComplexAbs Imag Real FFT IFFT RFFT IRFFT
  EmptyTensorList TensorArrayV3 TensorArrayWriteV3 TensorArrayReadV3 TensorArrayGatherV3 TensorArrayScatterV3
  TensorArrayConcatV3 TensorArraySplitV3 TensorArraySizeV3 TensorArrayCloseV3 TensorListScatter TensorListScatterV2
  TensorListGather TensorListGetItem TensorListSetItem TensorListReserve TensorListFromTensor TensorListStack
  TensorListSplit TensorListConcat TensorListConcatV2 TensorListPopBack TensorListPushBack TensorListLength
  TensorListResize HashTable HashTableV2 LookupTableImport LookupTableImportV2 LookupTableFind LookupTableFindV2
  LookupTableSize LookupTableSizeV2 InitializeTable InitializeTableV2 RaggedGather RaggedRange RaggedTensorToTensor
  SparseFillEmptyRows SparseReshape SparseSegmentMean SparseSegmentSum StaticRegexReplace StringNGrams StringSplit
  StringToHashBucketFast  Bincount DenseBincount LowerBound UpperBound ListDiff Where Multinomial
  NonMaxSuppressionV2 NonMaxSuppressionV3 NonMaxSuppressionV4 NonMaxSuppressionV5 Ones Zeros RandomStandardNormal
  RandomUniform RandomUniformInt TruncatedNormal Print Reverse SimpleMLCreateModelResource
  SimpleMLLoadModelFromPathWithHandle SimpleMLInferenceOpWithHandle`.split(/\s+/),
);

test("every operator that TensorFlow.js runs has a record, or is named as not followed", () => {
  const names = mapped.flatMap(({ tfOpName }) => tfOpName ?? []);
  expect(names.length).toBeGreaterThan(200);
  expect(names.filter((op) => operators.has(op) === unfollowed.has(op))).toEqual([]);
  expect([...unfollowed].filter((op) => !names.includes(op))).toEqual([]);
});

test("no operator is asked for more inputs than TensorFlow.js reads without a default", () => {
  const wrong = mapped.flatMap(({ tfOpName, inputs = [] }) => {
    const asked = operators.get(tfOpName)?.inputs ?? 0;
    const any = inputs.some(({ start, end }) => start < 0 || (end !== undefined && end <= 0));
    return asked > inputs.length && !any ? [`${tfOpName}: ${asked} of ${inputs.length}`] : [];
  });
  expect(wrong).toEqual([]);
});

test("no operator is refused inputs that TensorFlow.js reads", () => {
  const wrong = mapped.flatMap(({ tfOpName, inputs = [] }) => {
    const record = operators.get(tfOpName);
    if (!record) return [];
    const { inputs: least, most = least } = record;
    const any = inputs.some(({ start, end }) => start < 0 || (end !== undefined && end <= 0));
    const read = any ? Infinity : Math.max(0, ...inputs.map(({ start, end }) => end ?? start + 1));
    return read > most ? [`${tfOpName}: ${most} of ${read}`] : [];
  });
  expect(wrong).toEqual([]);
});

test("a record leaves no field out, and says what its rule does", () => {
  const fields = ["rule", "inputs", "mask", "macs", "contents", "demands", "support"];
  const partial = [...operators].filter(([, record]) => !fields.every((field) => field in record));
  expect(partial.map(([op]) => op)).toEqual([]);
  const silent = [...operators].filter(([, { support }]) => `${support.couples}${support.freezes}` === "");
  expect(silent.map(([op]) => op)).toEqual([]);
});

test("no family takes another's operator", () => {
  const all = families.flatMap((family) => Object.keys(family));
  expect(all.filter((op, i) => all.indexOf(op) !== i)).toEqual([]);
});

test("what computes an operator on constants is in its record", () => {
  const all = Object.entries({ ...arithmetic, ...movement });
  expect(all.filter(([op, contents]) => operators.get(op)?.contents !== contents)).toEqual([]);
});

test("what multiplies several operands keeps what is dead out of its sums, unless channels stay apart", () => {
  const summing = [...operators].filter(([, { macs }]) => macs);
  expect(summing.filter(([, { mask }]) => !mask).map(([op]) => op)).toEqual([
    "DepthwiseConv2d",
    "DepthwiseConv2dNative",
    "FusedDepthwiseConv2dNative",
  ]);
  expect(summing.length).toBe(13);
});

test("stored tensors that are only added are biases, not weights", () => {
  const duties = (op: string, inputs: number, fused: readonly string[] = []): (string | undefined)[] => {
    const attr = { fused_ops: { list: { s: fused.map((name) => btoa(name)) } } };
    const node = { op, def: { name: op, op, attr }, inputs: new Array(inputs).fill("") } as unknown as TfNode;
    return node.inputs.map((_, i) => recordOf(node)?.duty?.(node, i));
  };
  const [none, bias] = [undefined, "bias"];
  expect(duties("FusedBatchNormV3", 5)).toEqual([none, "scale", bias, "statistic", "statistic"]);
  expect(duties("_FusedConv2D", 3, ["BiasAdd"])).toEqual([none, none, bias]);
  expect(duties("_FusedMatMul", 4, ["BiasAdd", "Prelu"])).toEqual([none, none, bias, none]);
  expect(duties("FusedDepthwiseConv2dNative", 3, ["Relu"])).toEqual([none, none, none]);
  expect(duties("_FusedConv2D", 6, ["FusedBatchNorm"])).toEqual([
    ...[none, none, "scale", bias, "statistic", "statistic"],
  ]);
  expect(duties("BiasAdd", 2)).toEqual([none, bias]);
  for (const op of ["Add", "AddV2", "AddN", "Sub"]) expect(duties(op, 2)).toEqual([bias, bias]);
  expect(duties("Mul", 2)).toEqual([none, none]);
});

test("a name that every object has is no operator", () => {
  for (const op of ["constructor", "toString", "__proto__", "hasOwnProperty"]) {
    expect(recordOf({ op })).toBeUndefined();
    expect(Object.hasOwn(graphRules, op)).toBe(false);
  }
});
