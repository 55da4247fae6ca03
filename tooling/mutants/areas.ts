/** Code that a wrong model could come from, and the tests that have to notice. */
export interface Area {
  readonly name: string;
  /** Folders, or files. */
  readonly code: readonly string[];
  /** Filters of vitest, in the order in which they are tried: what is fast and near first. */
  readonly tests: readonly (readonly string[])[];
}

export const areas: readonly Area[] = [
  {
    name: "graph",
    code: ["packages/graph/src"],
    tests: [
      ["packages/graph/src", "packages/graph/test"],
      ["packages/onnx/src/operators", "packages/onnx/test/exported"],
      ["packages/pruner/test/prune.test.ts", "packages/testing/test"],
    ],
  },
  {
    name: "onnx/cut",
    code: ["packages/onnx/src/cut"],
    tests: [
      ["packages/onnx/src/cut", "packages/onnx/src/mask", "packages/onnx/src/operators"],
      ["packages/onnx/test/exported", "packages/onnx/test/backend", "packages/testing/test"],
    ],
  },
  {
    name: "onnx/operators",
    code: ["packages/onnx/src/operators"],
    tests: [
      ["packages/onnx/src/operators", "packages/onnx/src/mask"],
      ["packages/onnx/test/exported", "packages/onnx/test/backend", "packages/testing/test"],
      ["packages/onnx/test/conformance"],
    ],
  },
  {
    name: "pruner/budget",
    code: ["packages/pruner/src/budget"],
    tests: [["packages/pruner/test/budget.test.ts", "packages/pruner/test/latency-budget.test.ts"]],
  },
];
