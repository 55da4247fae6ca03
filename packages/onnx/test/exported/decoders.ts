import { type Builder, buildModel, type ModelOptions, valueInfo } from "./builder.js";
import { attended, linear } from "./kit.js";

/** Layers of a decoder: how many heads of what size, and how many heads of keys and values they share. */
export interface DecoderSizes {
  readonly layers: number;
  readonly heads: number;
  readonly groups: number;
  readonly size: number;
  readonly width: number;
  readonly vocabulary: number;
}

export const small: DecoderSizes = { layers: 2, heads: 4, groups: 2, size: 8, width: 16, vocabulary: 11 };

export const past = (layer: number, part: string): string => `past_key_values.${layer}.${part}`;
export const present = (layer: number, part: string): string => `present.${layer}.${part}`;

/** Heads of a projection of x: [batch, heads, steps, size]. */
const headsOf = (g: Builder, x: string, width: number, [h, d]: readonly [number, number]): string =>
  g.op(
    "Transpose",
    [g.op("Reshape", [g.op("MatMul", [x, g.weight([width, h * d])]), g.ints([0, -1, h, d])])],
    {
      perm: [0, 2, 1, 3],
    },
  );

const joined = (g: Builder, x: string, width: number): string =>
  g.op("Reshape", [g.op("Transpose", [x], { perm: [0, 2, 1, 3] }), g.ints([0, -1, width])]);

/** Each head of keys or values as often as heads share it. */
const repeated = (g: Builder, x: string, { heads, groups, size }: DecoderSizes): string => {
  if (heads === groups) return x;
  const at = g.op("Shape", [x]);
  const part = (i: number): string => g.op("Gather", [at, g.ints([i])]);
  const five = g.op("Concat", [part(0), g.ints([groups, heads / groups]), part(2), g.ints([size])], {
    axis: 0,
  });
  const wide = g.op("Expand", [g.op("Unsqueeze", [x, g.ints([2])]), five]);
  const four = g.op("Concat", [part(0), g.ints([heads]), part(2), g.ints([size])], { axis: 0 });
  return g.op("Reshape", [wide, four]);
};

export const cacheShape = ({ groups, size }: DecoderSizes, steps: string): (number | string)[] => [
  "batch",
  groups,
  steps,
  size,
];

const feedForward = (g: Builder, x: string, width: number): string =>
  linear(g, g.op("Relu", [linear(g, x, width, 2 * width)]), 2 * width, width);

export const logitsOf = (g: Builder, x: string, { width, vocabulary }: DecoderSizes): void => {
  g.op("MatMul", [x, g.weight([width, vocabulary])], {}, "logits");
  g.graph.output?.unshift(valueInfo("logits", ["batch", "steps", vocabulary]));
};

/** A decoder as optimum writes it: its cache is an input and an output, joined along the steps. */
export function cachedDecoder(g: Builder, sizes: DecoderSizes = small): void {
  const { layers, heads, groups, size, width, vocabulary } = sizes;
  const ids = g.input("input_ids", ["batch", "steps"], 7);
  let x = g.op("Gather", [g.weight([vocabulary, width], 1), ids]);
  for (let layer = 0; layer < layers; layer++) {
    const cached = (part: string): string => {
      g.input(past(layer, part), cacheShape(sizes, "past"));
      const now = headsOf(g, x, width, [groups, size]);
      const all = g.op("Concat", [past(layer, part), now], { axis: 2 }, present(layer, part));
      g.graph.output?.push(valueInfo(present(layer, part), cacheShape(sizes, "past + steps")));
      return repeated(g, all, sizes);
    };
    const q = headsOf(g, x, width, [heads, size]);
    const y = attended(g, q, cached("key"), cached("value"), size);
    x = g.op("Add", [x, linear(g, joined(g, y, heads * size), heads * size, width)]);
    x = g.op("Add", [x, feedForward(g, x, width)]);
  }
  logitsOf(g, x, sizes);
}

/** Attends to an encoder by keys and values that another graph made: inputs that no output goes on from. */
export function crossDecoder(g: Builder, sizes: DecoderSizes = { ...small, groups: 4 }): void {
  const { heads, size, width, vocabulary } = sizes;
  const ids = g.input("input_ids", ["batch", "steps"], 7);
  const [k, v] = ["key", "value"].map((part) =>
    g.input(`past_key_values.0.encoder.${part}`, cacheShape(sizes, "encoder_steps")),
  ) as [string, string];
  const x = g.op("Gather", [g.weight([vocabulary, width], 1), ids]);
  const y = attended(g, headsOf(g, x, width, [heads, size]), k, v, size);
  const z = g.op("Add", [x, linear(g, joined(g, y, heads * size), heads * size, width)]);
  logitsOf(g, g.op("Add", [z, feedForward(g, z, width)]), sizes);
}

/**
 * A decoder that attends to itself and to an encoder, as optimum merges its two graphs: both are branches of one If
 * and share their weights. The first step makes the keys and values of the encoder's outputs; later ones read them, and
 * give empty tensors in their place.
 */
export function mergedDecoder(g: Builder, sizes: DecoderSizes = { ...small, layers: 1, groups: 4 }): void {
  const weights = decoderWeights(g, sizes);
  ownInputs(g, sizes);
  const y = g.ops(
    "If",
    [g.input("use_cache_branch", [1], 9)],
    ["logits", ...cacheParts.map((part) => present(0, part))],
    {
      then_branch: g.body((b) => step(b, sizes, weights, true)),
      else_branch: g.body((b) => step(b, sizes, weights, false)),
    },
  );
  declared(g, sizes, y);
}

/** Its first graph alone, without a past: what `mergedDecoder` has in one branch. */
export function firstStepDecoder(g: Builder, sizes: DecoderSizes = { ...small, layers: 1, groups: 4 }): void {
  const weights = decoderWeights(g, sizes);
  g.input("input_ids", ["batch", "steps"], 7);
  g.input("encoder_hidden_states", ["batch", "encoder_steps", sizes.width]);
  const made = step(g, sizes, weights, false);
  const names = ["logits", ...cacheParts.map((part) => present(0, part))];
  made.forEach((name, i) => void g.op("Identity", [name], {}, names[i] as string));
  declared(g, sizes, names);
}

/** Its second graph alone, which goes on from caches. */
export function laterStepDecoder(g: Builder, sizes: DecoderSizes = { ...small, layers: 1, groups: 4 }): void {
  const weights = decoderWeights(g, sizes);
  ownInputs(g, sizes);
  const names = ["logits", ...cacheParts.slice(0, 2).map((part) => present(0, part))];
  step(g, sizes, weights, true)
    .slice(0, 3)
    .forEach((name, i) => void g.op("Identity", [name], {}, names[i] as string));
  declared(g, sizes, names);
}

/** What it attends to: an encoder that looks tokens up in the same table. */
export function encoder(g: Builder, sizes: DecoderSizes): void {
  const { table } = decoderWeights(g, sizes);
  const ids = g.input("input_ids", ["batch", "encoder_steps"], 7);
  const x = g.op("Gather", [table, ids]);
  g.op("Add", [x, feedForward(g, x, sizes.width)], {}, "last_hidden_state");
  g.graph.output?.push(valueInfo("last_hidden_state", ["batch", "encoder_steps", sizes.width]));
}

const cacheParts = ["decoder.key", "decoder.value", "encoder.key", "encoder.value"];

function ownInputs(g: Builder, sizes: DecoderSizes): void {
  g.input("input_ids", ["batch", "steps"], 7);
  g.input("encoder_hidden_states", ["batch", "encoder_steps", sizes.width]);
  for (const part of cacheParts)
    g.input(past(0, part), cacheShape(sizes, part.startsWith("encoder") ? "encoder_steps" : "past_steps"));
}

function declared(g: Builder, sizes: DecoderSizes, names: readonly string[]): void {
  names.forEach((name, i) => {
    const steps = i > 2 ? "encoder_steps_out" : "all_steps";
    g.graph.output?.push(
      valueInfo(name, i === 0 ? ["batch", "steps", sizes.vocabulary] : cacheShape(sizes, steps)),
    );
  });
}

type DecoderWeights = Readonly<Record<"table" | "head" | "up" | "down", string>> & {
  readonly own: readonly string[];
  readonly cross: readonly string[];
};

function decoderWeights(g: Builder, { heads, size, width, vocabulary }: DecoderSizes): DecoderWeights {
  const attention = (): string[] => [
    ...[0, 1, 2].map(() => g.weight([width, heads * size])),
    g.weight([heads * size, width]),
  ];
  return {
    table: g.weight([vocabulary, width], 1),
    own: attention(),
    cross: attention(),
    up: g.weight([width, 2 * width]),
    down: g.weight([2 * width, width]),
    head: g.weight([width, vocabulary]),
  };
}

/** Names inside are the same in both branches, as those of two exports of one network are. */
function step(g: Builder, { heads, size }: DecoderSizes, weights: DecoderWeights, later: boolean): string[] {
  const project = (x: string, w: string | undefined, name: string): string =>
    g.op(
      "Transpose",
      [g.op("Reshape", [g.op("MatMul", [x, w ?? ""]), g.ints([0, -1, heads, size])])],
      {
        perm: [0, 2, 1, 3],
      },
      name,
    );
  const mixed = (y: string, w: string | undefined): string =>
    g.op("MatMul", [joined(g, y, heads * size), w ?? ""]);
  const x = g.op("Gather", [weights.table, "input_ids"], {}, "embedded");
  const own = (part: number, name: string): string => {
    const now = project(x, weights.own[part], `own_${name}`);
    return later ? g.op("Concat", [past(0, `decoder.${name}`), now], { axis: 2 }, `all_${name}`) : now;
  };
  const [k, v] = [own(1, "key"), own(2, "value")];
  const a = attended(g, project(x, weights.own[0], "own_query"), k, v, size);
  const h = g.op("Add", [x, mixed(a, weights.own[3])], {}, "after_own");
  const cross = (part: number, name: string): string =>
    later
      ? past(0, `encoder.${name}`)
      : project("encoder_hidden_states", weights.cross[part], `cross_${name}`);
  const [ck, cv] = [cross(1, "key"), cross(2, "value")];
  const c = attended(g, project(h, weights.cross[0], "cross_query"), ck, cv, size);
  const z = g.op("Add", [h, mixed(c, weights.cross[3])], {}, "after_cross");
  const f = g.op("MatMul", [g.op("Relu", [g.op("MatMul", [z, weights.up])]), weights.down]);
  const logits = g.op(
    "MatMul",
    [g.op("Add", [z, f]), weights.head],
    {},
    later ? "logits_later" : "logits_first",
  );
  const empty = (): string => g.floats([0, heads, 1, size], []);
  return later ? [logits, k, v, empty(), empty()] : [logits, k, v, ck, cv];
}

/** Two LSTM layers whose states are slices of one input, and one output: how a transducer's predictor is exported. */
export function recurrentDecoder(g: Builder): void {
  const [width, layers] = [12, 2];
  const ids = g.input("targets", ["batch", "steps"], 7);
  const states = ["1", "2"].map((n) => g.input(`input_states_${n}`, [layers, "batch", width]));
  let x = g.op("Transpose", [g.op("Gather", [g.weight([9, width], 1), ids])], { perm: [1, 0, 2] });
  const made: string[][] = [[], []];
  for (let layer = 0; layer < layers; layer++) {
    const own = states.map((state) =>
      g.op("Slice", [state, g.ints([layer]), g.ints([layer + 1]), g.ints([0])]),
    );
    const weights = [g.weight([1, 4 * width, width], 0.5), g.weight([1, 4 * width, width], 0.5)];
    const [y, h, c] = g.ops("LSTM", [x, ...weights, g.weight([1, 8 * width], 0.5), "", ...own], 3, {
      hidden_size: width,
    }) as [string, string, string];
    made[0]?.push(h);
    made[1]?.push(c);
    x = g.op("Squeeze", [y, g.ints([1])]);
  }
  made.forEach((list, i) => {
    g.op("Concat", list, { axis: 0 }, `getitem_${i + 1}`);
    g.graph.output?.push(valueInfo(`getitem_${i + 1}`, [layers, "batch", width]));
  });
  const y = g.op("MatMul", [g.op("Transpose", [x], { perm: [1, 0, 2] }), g.weight([width, 9])], {}, "logits");
  g.graph.output?.unshift(valueInfo(y, ["batch", "steps", 9]));
}

export const decoderBytes = (build: (g: Builder) => void, options: ModelOptions = {}): Uint8Array =>
  buildModel(build, { domains: { "com.microsoft": 1 }, ...options });
