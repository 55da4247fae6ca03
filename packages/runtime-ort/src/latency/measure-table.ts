import type { Cut, Trace } from "@prune/graph";
import type { Model } from "@prune/onnx";
import { axesOf, sizesOf } from "./axes.js";
import type { CutStopwatch, Sample } from "./stopwatch.js";
import type { LatencyTable, OperatorTimes } from "./table.js";

/** How long a latency table may take. */
export interface MeasureTableOptions {
  /** Time to spend. @default 60 */
  readonly seconds?: number;
  /** Cut models to time at most. @default 32 */
  readonly samples?: number;
  /** Cut models timed so far, and how many there are to be. */
  readonly onProgress?: (done: number, of: number) => void;
  /** Aborting it throws its reason; nothing is kept. */
  readonly signal?: AbortSignal;
}

const fewest = 8;

/**
 * Measures a latency table: times every operator of cut models inside whole runs, as the runtime fuses and lays them
 * out. The cuts decide which widths there are points for; the first should remove nothing. Ends early when time is up.
 */
export async function measureTable(
  model: Model,
  trace: Trace,
  cuts: Iterable<Cut>,
  watch: Pick<CutStopwatch, "key" | "sample">,
  { seconds = 60, samples = 32, onProgress, signal }: MeasureTableOptions = {},
): Promise<LatencyTable> {
  const started = performance.now();
  const timed: { readonly cut: Cut; readonly sample: Sample }[] = [];
  let longest = 0;
  for (const cut of cuts) {
    if (timed.length >= samples) break;
    const spent = (performance.now() - started) / 1000;
    if (timed.length >= fewest && spent + longest > seconds) break;
    signal?.throwIfAborted();
    onProgress?.(timed.length, samples);
    timed.push({ cut, sample: await watch.sample(cut, trace, (0.6 * seconds) / samples) });
    longest = Math.max(longest, (performance.now() - started) / 1000 - spent);
  }
  return {
    format: "prune-latency/1",
    ...watch.key,
    runs: timed.map(({ sample }) => sample.whole),
    operators: operatorsOf(model, trace, timed),
  };
}

/** Points of every operator; nodes with the same attributes, shapes and readers share a table. */
function operatorsOf(
  model: Model,
  trace: Trace,
  timed: readonly { readonly cut: Cut; readonly sample: Sample }[],
): OperatorTimes[] {
  const { nodes } = trace.source;
  const cuts = timed.map(({ cut }) => cut);
  const likeness = likenessOf(model, trace);
  const tables = new Map<string, OperatorTimes & { nodes: number[]; points: number[][] }>();
  nodes.forEach((node, at) => {
    if (!timed.some(({ sample }) => sample.nodes.has(at))) return;
    const axes = axesOf(node, cuts);
    const alike = `${axes.join()} ${likeness(at)}`;
    const whole = sizesOf(node, axes, trace.cut({ units: [], atoms: [] }));
    const table = tables.get(alike) ?? { op: node.op, nodes: [], axes, whole, points: [] };
    tables.set(alike, table);
    table.nodes.push(at);
    timed.forEach(({ cut, sample }, k) => {
      table.points.push([k, ...sizesOf(node, axes, cut), sample.nodes.get(at) ?? 0]);
    });
  });
  return [...tables.values()];
}

/** A text that is the same for nodes that do the same work. */
function likenessOf(model: Model, trace: Trace): (node: number) => string {
  const { nodes } = trace.source;
  const whole = trace.cut({ units: [], atoms: [] });
  const stored = new Map(model.graph.nodes.map((node) => [node.outputs[0] ?? "", node]));
  const readers = new Map<string, string[]>();
  for (const node of nodes)
    for (const name of node.inputs) readers.set(name, [...(readers.get(name) ?? []), node.op]);
  return (at) => {
    const node = nodes[at];
    if (!node) return String(at);
    const shapes = [...node.inputs, ...node.outputs].map((name) => (name === "" ? "" : whole.shape(name)));
    const attributes = [...(stored.get(node.outputs[0] ?? "")?.attributes ?? [])].map(
      ([name, { kind, value }]) =>
        kind === "tensor" || kind === "graph" || kind === "graphs" ? [name, at] : [name, value],
    );
    const next = node.outputs.map((name) => (readers.get(name) ?? []).sort());
    return JSON.stringify([node.op, attributes, shapes, next]);
  };
}
