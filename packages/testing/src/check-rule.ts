import {
  type Cut,
  type GraphNode,
  type GraphSource,
  type Kit,
  openTrace,
  type Rule,
  type Trace,
} from "@prune/graph";
import { weightsOf } from "./net.js";

/** A tensor in row-major order. */
export interface RuleTensor {
  readonly shape: readonly number[];
  readonly data: Float32Array;
}

/** An attribute or size of a node that its rule changes with a cut. */
export type RulePatch = NonNullable<ReturnType<Trace["patches"]>["patches"][number]["patch"]>;

/** A rule beside the operator itself, which shows whether the rule is right. */
export interface RuleSubject<N extends GraphNode = GraphNode> {
  readonly rule: Rule<N>;
  /**
   * The operator itself: its outputs from its inputs, and from what the rule changed of the node where the model was cut.
   * It takes inputs of any number of channels.
   */
  compute(inputs: readonly RuleTensor[], patch: RulePatch | undefined): readonly RuleTensor[];
  /** What the rule reads of the node besides its names: attributes, opset. */
  readonly node?: Partial<Omit<N, "inputs" | "outputs">>;
  /** The shape of the first input. @default [2, 6] */
  readonly shape?: readonly number[];
  /** The dim of it whose positions are pruned. @default 1 */
  readonly channels?: number;
  /** Shapes of stored inputs behind the first. @default none */
  readonly parameters?: readonly (readonly number[])[];
  /** The dim of the first output that the next layer reads. @default `channels` */
  readonly read?: number;
  /** How far cut and mask may differ, relative to the largest output. @default 1e-5 */
  readonly tolerance?: number;
}

/**
 * What is wrong with the rule of an operator, in sentences; none when it keeps the law. A layer of weights is put before
 * the operator and one behind it; half of the channels between them leave, then each alone; what the smaller net computes
 * must be what the whole one does with those channels read as zero, before the operator and behind it.
 */
export function checkRule<N extends GraphNode = GraphNode>(subject: RuleSubject<N>): string[] {
  const { shape = [2, 6], tolerance = 1e-5, compute } = subject;
  const net = netAround(subject, shape);
  const trace = openTrace(net.source);
  const findings: string[] = [];
  const whole = run(net, compute, { trace });
  const stated = trace.tensor("own")?.layout;
  const made = whole.own.shape.join();
  const said = stated && trace.cut({ units: [], atoms: [] }).shape("own").join();
  if (said !== undefined && said !== made)
    findings.push(`the rule says the shape [${said}], and the operator makes [${made}]`);
  const units = trace.families.flatMap((family) => [...family.units]);
  if (units.length === 0) {
    const [reason] = trace.frozen();
    findings.push(`nothing may leave: ${reason?.reason ?? "no names reach the next layer"}`);
  }
  const half = trace.families.flatMap(({ units: own }) => [...own].filter((_, i) => i % 2 === 1));
  for (const plan of [half, ...units.map((unit) => [unit])]) {
    if (plan.length === 0) continue;
    const cut = trace.cut({ units: plan, atoms: [] });
    if (cut.findings.length > 0) {
      if (plan !== half) findings.push(`unit ${plan[0]} may not leave: ${cut.findings[0]?.text}`);
      continue;
    }
    const { error, what } = compared(net, compute, trace, cut);
    if (error > tolerance)
      findings.push(`without units ${plan.join(", ")}: ${what ?? `cut and mask differ by ${error}`}`);
  }
  return findings;
}

interface Net {
  readonly source: GraphSource;
  readonly input: RuleTensor;
  readonly stored: ReadonlyMap<string, RuleTensor>;
  readonly names: readonly string[];
  readonly channels: number;
  readonly read: number;
}

type Compute = RuleSubject["compute"];

function netAround<N extends GraphNode>(
  { rule, node, channels = 1, read = channels, parameters = [], compute }: RuleSubject<N>,
  shape: readonly number[],
): Net {
  const width = shape[channels] as number;
  const input = random(1, replaced(shape, channels, 4));
  const names = parameters.map((_, i) => `parameter${i}`);
  const stored = new Map([
    ["first", random(2, [4, width])],
    ...parameters.map((own, i): [string, RuleTensor] => [names[i] as string, random(3 + i, own)]),
  ]);
  const [sample] = compute(
    [random(0, shape), ...names.map((name) => stored.get(name) as RuleTensor)],
    undefined,
  );
  stored.set("last", random(99, [sample?.shape[read] ?? width, 3]));
  const between = {
    name: "own",
    op: "Own",
    ...node,
    inputs: ["made", ...names],
    outputs: ["own"],
  } as GraphNode;
  const layer = (name: string, from: string, weights: string, to: string): GraphNode => ({
    name,
    op: name,
    inputs: [from, weights],
    outputs: [to],
  });
  const source: GraphSource = {
    nodes: [layer("First", "x", "first", "made"), between, layer("Last", "own", "last", "y")],
    inputs: [{ name: "x", shape: input.shape }],
    outputs: ["y"],
    parameter: (name) => stored.get(name)?.shape,
    isConstant: (name) => stored.has(name),
    isIndex: () => false,
    integers: () => undefined,
    reals: () => undefined,
    computed: () => undefined,
    isComputable: () => false,
    stated: () => undefined,
    rule: ({ op }) =>
      op === "First" ? contracted(channels) : op === "Last" ? contracted(read) : (rule as unknown as Rule),
    duty: () => undefined,
  };
  return { source, input, stored, names, channels, read };
}

const replaced = <T>(list: readonly T[], at: number, value: T): T[] =>
  list.map((own, i) => (i === at ? value : own));

const random = (seed: number, shape: readonly number[]): RuleTensor => ({
  shape,
  data: weightsOf(seed + 1, shape, 4),
});

/** A layer of weights along one dim. */
const contracted =
  (dim: number): Rule =>
  (_, kit: Kit) => {
    const labels = kit.shape(0).map((_, d) => (d === dim ? "i" : `d${d}`));
    const weights = kit.own(1);
    if (!weights) return kit.opaque("there are no weights");
    return kit.meet(
      [
        [kit.layout(0), labels],
        [weights, ["i", "o"]],
      ],
      replaced(labels, dim, "o"),
    );
  };

interface Ran {
  readonly own: RuleTensor;
  readonly out: RuleTensor;
}

/** Runs the net as it is, as it is cut, or with what a cut removes read as zero. */
function run(
  { input, stored, names, channels, read }: Net,
  compute: Compute,
  { trace, cut, masked }: { readonly trace: Trace; readonly cut?: Cut; readonly masked?: Cut },
): Ran {
  const of = (name: string): RuleTensor => {
    const value = stored.get(name) as RuleTensor;
    const parameter = trace.parameters.find(({ tensor }) => tensor === name);
    if (!cut || !parameter) return value;
    const lost = cut.removedElements(parameter);
    return {
      shape: cut.shapeLeft(parameter),
      data: lost ? value.data.filter((_, i) => lost[i] === 0) : value.data,
    };
  };
  const dead = (value: RuleTensor, name: string, dim: number): RuleTensor => {
    const kept = masked?.kept(name, dim);
    return kept ? zeroed(value, dim, new Set(kept)) : value;
  };
  const patch = cut && trace.patches(cut).patches.find(({ node }) => node === 1)?.patch;
  const made = dead(product(input, of("first"), channels), "made", channels);
  const [own] = compute([made, ...names.map(of)], patch);
  if (!own) throw new TypeError("`compute` gave no output.");
  return { own, out: product(dead(own, "own", read), of("last"), read) };
}

function compared(
  net: Net,
  compute: Compute,
  trace: Trace,
  cut: Cut,
): { readonly error: number; readonly what?: string } {
  const expected = run(net, compute, { trace, masked: cut }).out;
  let found: RuleTensor;
  try {
    found = run(net, compute, { trace, cut }).out;
  } catch (error) {
    return { error: Infinity, what: `the cut net can't run: ${(error as Error).message}` };
  }
  if (found.shape.join() !== expected.shape.join())
    return { error: Infinity, what: `the cut net gives [${found.shape}] in place of [${expected.shape}]` };
  const size = expected.data.reduce((most, value) => Math.max(most, Math.abs(value)), 1e-30);
  const gap = expected.data.reduce(
    (most, value, i) => Math.max(most, Math.abs(value - (found.data[i] as number))),
    0,
  );
  return { error: Number.isFinite(gap) ? gap / size : Infinity };
}

/** Rows before a dim, its positions, and elements behind it. */
function around(shape: readonly number[], dim: number): readonly [number, number, number] {
  const count = (sizes: readonly number[]): number => sizes.reduce((a, b) => a * b, 1);
  return [count(shape.slice(0, dim)), shape[dim] as number, count(shape.slice(dim + 1))];
}

function zeroed({ shape, data }: RuleTensor, dim: number, kept: ReadonlySet<number>): RuleTensor {
  const [, size, behind] = around(shape, dim);
  return { shape, data: data.map((value, i) => (kept.has(Math.floor(i / behind) % size) ? value : 0)) };
}

function product({ shape, data }: RuleTensor, weights: RuleTensor, dim: number): RuleTensor {
  const [before, size, behind] = around(shape, dim);
  const [inputs, outputs] = weights.shape as readonly [number, number];
  if (inputs !== size) throw new TypeError(`${size} positions meet weights of ${inputs}`);
  const out = new Float32Array(before * outputs * behind);
  for (let b = 0; b < before; b++)
    for (let o = 0; o < outputs; o++)
      for (let r = 0; r < behind; r++) {
        let sum = 0;
        for (let i = 0; i < size; i++)
          sum += (data[(b * size + i) * behind + r] as number) * (weights.data[i * outputs + o] as number);
        out[(b * outputs + o) * behind + r] = sum;
      }
  return { shape: replaced(shape, dim, outputs), data: out };
}
