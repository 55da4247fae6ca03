/** What is right for an input: each row says it of one command line. */
export interface Row {
  /** The input, below the folder of cases; `*` stands for anything, and every file that fits is a row. */
  readonly input: string;
  /** Arguments behind the output; `SAMPLE` is the bundled model. @default `--ratio 0.25` */
  readonly args?: readonly string[];
  /** Takes the place of the input as the model. */
  readonly model?: "SAMPLE";
  readonly command?: "apply";
  readonly right: Right;
}

export type Right =
  /** A typed error, of one of these codes where any are named, and a message that fits. */
  | { readonly is: "refused"; readonly codes?: readonly string[]; readonly says?: RegExp }
  /** A smaller model that obeys the law, of which at least this share could have been cut. */
  | { readonly is: "pruned"; readonly share?: number; readonly whole?: readonly string[] }
  /** Either of the two: damage that a runtime may live with. */
  | { readonly is: "either" };

const refused = (codes?: readonly string[], says?: RegExp): Right => ({
  is: "refused",
  ...(codes && { codes }),
  ...(says && { says }),
});
const pruned = (share?: number, whole?: readonly string[]): Right => ({
  is: "pruned",
  ...(share !== undefined && { share }),
  ...(whole && { whole }),
});
const either: Right = { is: "either" };

export const rows: readonly Row[] = [
  { input: "faults/onnx/hang-*.onnx", right: refused() },
  { input: "faults/onnx/oom-*.onnx", right: refused() },
  { input: "faults/onnx/crash-*.onnx", right: refused() },
  { input: "faults/onnx/untyped-*.onnx", right: refused() },
  { input: "faults/onnx/odd-names/*.onnx", right: pruned(1) },
  { input: "faults/onnx/inconsistent-*.onnx", right: either },
  { input: "faults/onnx/cutrefused-*.onnx", right: either },
  { input: "faults/onnx/law-broken-*.onnx", right: either },
  { input: "faults/onnx/escape-in-name.onnx", right: refused(["dangling-input"]) },
  { input: "faults/tfjs/hang-*/model.json", right: refused() },
  { input: "faults/tfjs/untyped-*/model.json", right: either },
  { input: "faults/tfjs/outofbox-*/model.json", right: refused(["bad-shard-path"]) },
  {
    input: "faults/data/*",
    model: "SAMPLE",
    args: ["--data", "INPUT"],
    right: refused(["bad-file"]),
  },
  {
    input: "faults/recipes/removes-an-output-class.json",
    model: "SAMPLE",
    command: "apply",
    args: ["--recipe", "INPUT", "--no-verify"],
    right: refused(),
  },

  { input: "reports/bucketize.onnx", args: ["--ratio", "0.5"], right: pruned(0.9, ["boundaries"]) },
  { input: "reports/constq_*.onnx", right: pruned(1) },
  { input: "reports/gn18.onnx", right: pruned(1) },
  { input: "reports/kerasmha.onnx", right: pruned(1) },
  { input: "reports/kerasmha.onnx", args: ["--heads", "0.5"], right: pruned(1) },
  { input: "reports/tfjs/kerasmha/model.json", right: pruned(0.99) },
  { input: "reports/tfjs/kerasmha/model.json", args: ["--heads", "0.5"], right: pruned(0.99) },
  { input: "reports/zeros_concat_*.onnx", right: pruned(1) },
  { input: "reports/convlstm7.dyn.onnx", right: pruned(1) },
  { input: "reports/scatter_*.onnx", right: pruned(1) },
  { input: "reports/cat2.onnx", right: pruned(1) },
  { input: "reports/gnn5.onnx", right: pruned(1) },
  { input: "reports/osnet.ts.onnx", args: ["--target", "macs=0.5"], right: pruned(0.99) },
  { input: "reports/weightnorm.ts.onnx", args: ["--mask", "--ratio", "0.25"], right: pruned(1) },
  { input: "reports/vqvae.ts.onnx", args: ["--ratio", "0.5"], right: pruned(0.99) },
  { input: "reports/llama_kv.dyn.onnx", right: pruned(0.99) },
  // The caches hold the key/value heads; the query heads of each may leave.
  {
    input: "reports/gqa_kv.onnx",
    args: ["--heads", "0.5"],
    right: refused(["bad-option"], /keeps its shape/),
  },
  { input: "reports/*_kv*.onnx", args: ["--query-heads", "0.5"], right: pruned(0.5) },
  { input: "reports/mixerconv.ts.onnx", right: pruned(0.99) },
  { input: "reports/swinir.ts.onnx", args: ["--ignore", "m1.bias", "--ratio", "0.25"], right: pruned(0.99) },
  { input: "reports/int4mlp.onnx", right: pruned(0.9) },
  { input: "reports/moe_contrib.onnx", right: pruned(0.98) },
  { input: "reports/negperm.onnx", right: refused(["invalid-node"], /perm/) },
  { input: "reports/detrdec.dyn.onnx", right: pruned(0.99) },
  { input: "reports/tfjs/stackedrnn/model.json", right: pruned(0.99) },

  { input: "npm/nms-equal.onnx", right: pruned(1) },
  { input: "npm/sigmoid-near-zero.onnx", right: pruned(0.99) },
  { input: "npm/constantofshape-*.onnx", right: pruned(1) },
  { input: "npm/open-size*.onnx", right: pruned(1) },
  { input: "npm/if-bodies-only.onnx", right: pruned(1) },
  { input: "npm/onnx-unknown-rank-gemm.onnx", right: refused(["nothing-removed"], /shape of "x"/) },
  { input: "npm/onnx-loop-conv-works.onnx", right: pruned(1) },
  { input: "npm/tfjs-unknown-rank*/model.json", right: pruned(1) },
  { input: "npm/tfjs-switch-resize*/model.json", right: pruned(1) },
  { input: "npm/tfjs-dynamic-resize/model.json", right: pruned(1) },
  { input: "npm/tfjs-while-conv/model.json", right: pruned(1) },
  { input: "npm/tfjs-custom-layer/model.json", right: refused(["unknown-layer"]) },

  { input: "llm/bart-decoder_model_merged.onnx", right: pruned(0.87) },
  { input: "llm/*-kv-*.onnx", right: pruned(0.99) },
  { input: "llm/ga-llama-*/model.onnx", right: pruned(0.99) },
  { input: "llm/detr-optimum.onnx", right: pruned(0.9) },
  { input: "llm/clip-optimum.onnx", right: pruned(0.99) },
  { input: "llm/wav2vec2-optimum.onnx", right: pruned(0.99) },
  { input: "llm/rnnt-decoder-joint-dynamo.onnx", right: pruned(0.37) },
  { input: "llm/external_onnx_data/model.onnx", right: pruned(0.99) },
];
