/** How exporters call one graph in several precisions: `model_q4f16.onnx` beside `model.onnx`. */
const precision = /_(fp16|q4f16|q4|q8|int8|uint8|quantized|bnb4|bf16)$/;

/** Graphs by what they are, the one first that holds most of the network. */
const roles = [
  /^decoder_model_merged$/,
  /^decoder_with_past_model$/,
  /^model$/,
  /^decoder_model$/,
  /^decoder/,
  /^language|^text/,
];

/** A graph of a folder. */
export interface GraphFile {
  /** Inside the folder. */
  readonly path: string;
  /** What it is, in whatever precision: `decoder_model_merged`. */
  readonly role: string;
  /** "" for the precision that the network was exported in. */
  readonly precision: string;
}

export interface FolderLayout {
  /** The graph that is planned on first, then those that follow it. */
  readonly graphs: readonly GraphFile[];
  /** config.json, genai_config.json: what runtimes read sizes from. */
  readonly configs: readonly string[];
  /** Files that are copied, but for weights that graphs name. */
  readonly others: readonly string[];
}

/** What the files of a folder are, as transformers.js, optimum and ONNX Runtime GenAI lay them out. */
export function layoutOf(paths: readonly string[]): FolderLayout {
  const graphs = paths.filter((path) => path.endsWith(".onnx")).map(graphOf);
  const configs = paths.filter((path) => /^(config|genai_config)\.json$/.test(path));
  const known = new Set([...graphs.map(({ path }) => path), ...configs]);
  return {
    graphs: [...graphs].sort((a, b) => rank(a) - rank(b) || (a.path < b.path ? -1 : 1)),
    configs,
    others: paths.filter((path) => !known.has(path)),
  };
}

function graphOf(path: string): GraphFile {
  const stem = path.slice(path.lastIndexOf("/") + 1).replace(/\.onnx$/, "");
  return { path, role: stem.replace(precision, ""), precision: precision.exec(stem)?.[1] ?? "" };
}

/** Full precision comes before halves, and those before bytes, of which only names tell what they are made of. */
function rank({ role, precision: of }: GraphFile): number {
  const known = roles.findIndex((pattern) => pattern.test(role));
  const exact = ["", "bf16", "fp16"].indexOf(of);
  return 100 * (exact < 0 ? 3 : exact) + (known < 0 ? roles.length : known);
}
