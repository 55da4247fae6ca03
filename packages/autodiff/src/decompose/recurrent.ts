import { type GradientKit, Unemitted } from "../graph/kit.js";
import type { Decomposition, Fused } from "./decomposition.js";

interface Cell {
  /** How many gates there are. */
  readonly gates: number;
  readonly activations: readonly string[];
  /** The next state of [hidden] or [hidden, cell], from x W + bias and the state. */
  step(x: string, state: readonly string[], direction: Direction): readonly string[];
}

interface Direction {
  /** The state times the recurrent weights: rows of some gates. */
  recur(hidden: string, first: number, count: number): string;
  /** Bias of the recurrent weights of a gate. */
  bias(gate: number): string | undefined;
  split(x: string): readonly string[];
  act(which: number, x: string): string;
  peephole(which: number): string | undefined;
}

/** A recurrent layer step by step; the number of steps has to be known. */
const unrolled =
  (cellOf: (n: Fused, k: GradientKit) => Cell): Decomposition =>
  (n, k) => {
    const cell = cellOf(n, k);
    const isBatchFirst = n.int("layout", 0) === 1;
    const x = isBatchFirst ? k.transpose(n.a, [1, 0, 2]) : n.a;
    const [length, batch] = isBatchFirst ? [1, 0] : [0, 1];
    const steps = k.shape(n.a)?.[length];
    if (typeof steps !== "number") throw new Unemitted("its number of steps is known only at run time");
    if (n.has(4) && !isAlways(k, n.inputs[4] as string, steps))
      throw new Unemitted("its sequences are of different lengths");
    const hidden = n.int("hidden_size") ?? Number(k.shape(n.c)?.[2]);
    const way = n.text("direction", "forward");
    const ways = way === "bidirectional" ? ["forward", "reverse"] : [way];
    const sizeOf = k.gather(k.emit("Shape", [n.a]), k.integers([batch]));
    const none = (): string => k.zeros(k.concat([sizeOf, k.integers([hidden])], 0), n.a);
    const initial = (input: number, d: number): string => {
      if (!n.has(input)) return none();
      const all = n.inputs[input] as string;
      return k.gather(isBatchFirst ? k.transpose(all, [1, 0, 2]) : all, k.integers([d], []));
    };
    const isLstm = cell.gates === 4;
    const runs = ways.map((direction, d) => {
      const own = (input: string): string => k.gather(input, k.integers([d], []));
      const width = cell.gates * hidden;
      const both = n.has(3) ? own(n.inputs[3] as string) : undefined;
      const biases = both === undefined ? [] : k.split(both, [width, width], 2, 0);
      const rows = (tensor: string, first: number, count: number): string =>
        count === cell.gates ? tensor : k.slice(tensor, [first * hidden], [(first + count) * hidden], [0]);
      const recurrent = own(n.c);
      const peepholes =
        isLstm && n.has(7) ? k.split(own(n.inputs[7] as string), [hidden, hidden, hidden], 3, 0) : [];
      const via: Direction = {
        recur: (state, first, count) => k.matMul(state, k.transpose(rows(recurrent, first, count), [1, 0])),
        bias: (gate) => (biases[1] === undefined ? undefined : rows(biases[1], gate, 1)),
        split: (gates) => k.split(gates, new Array(cell.gates).fill(hidden), cell.gates, 1),
        act: (which, value) =>
          activation(
            k,
            n.texts("activations")?.[which + d * cell.activations.length] ??
              (cell.activations[which] as string),
            value,
          ),
        peephole: (which) => peepholes[which],
      };
      const weighted = k.matMul(x, k.transpose(own(n.b), [1, 0]));
      const inputs = biases[0] === undefined ? weighted : k.add(weighted, biases[0]);
      const pieces = k
        .split(inputs, new Array(steps).fill(1), steps, 0)
        .map((piece) => k.squeeze(piece, [0]));
      const order = [...pieces.keys()];
      if (direction === "reverse") order.reverse();
      let state: readonly string[] = isLstm ? [initial(5, d), initial(6, d)] : [initial(5, d)];
      const hiddens = new Array<string>(steps);
      for (const at of order) {
        state = cell.step(pieces[at] as string, state, via);
        hiddens[at] = k.unsqueeze(state[0] as string, [0, 1]);
      }
      return { all: k.concat(hiddens, 0), last: state.map((part) => k.unsqueeze(part, [0])) };
    });
    const all = k.concat(
      runs.map((run) => run.all),
      1,
    );
    const last = (part: number): string => {
      const made = k.concat(
        runs.map((run) => run.last[part] as string),
        0,
      );
      return isBatchFirst ? k.transpose(made, [1, 0, 2]) : made;
    };
    return [isBatchFirst ? k.transpose(all, [2, 0, 1, 3]) : all, last(0), ...(isLstm ? [last(1)] : [])];
  };

export const recurrent: Readonly<Record<string, Decomposition>> = {
  RNN: unrolled((n, k) => ({
    gates: 1,
    activations: ["Tanh"],
    step(x, [hidden], via) {
      const sum = k.add(k.add(x, via.recur(hidden as string, 0, 1)), via.bias(0) ?? 0);
      return [via.act(0, clipped(n, k, sum))];
    },
  })),
  GRU: unrolled((n, k) => {
    const late = n.int("linear_before_reset", 0) === 1;
    return {
      gates: 3,
      activations: ["Sigmoid", "Tanh"],
      step(x, [hidden], via) {
        const state = hidden as string;
        const [xz, xr, xh] = via.split(x) as [string, string, string];
        const gate = (own: string, which: number): string =>
          via.act(0, clipped(n, k, k.add(k.add(own, via.recur(state, which, 1)), via.bias(which) ?? 0)));
        const [update, reset] = [gate(xz, 0), gate(xr, 1)];
        const bias = via.bias(2) ?? 0;
        const past = late
          ? k.mul(reset, k.add(via.recur(state, 2, 1), bias))
          : k.add(via.recur(k.mul(reset, state), 2, 1), bias);
        const candidate = via.act(1, clipped(n, k, k.add(xh, past)));
        return [k.add(k.mul(k.sub(1, update), candidate), k.mul(update, state))];
      },
    };
  }),
  LSTM: unrolled((n, k) => {
    if (n.int("input_forget", 0) === 1) throw new Unemitted("its input and forget gates are coupled");
    return {
      gates: 4,
      activations: ["Sigmoid", "Tanh", "Tanh"],
      step(x, [hidden, cell], via) {
        const biases = [0, 1, 2, 3].map((gate) => via.bias(gate));
        const past = via.recur(hidden as string, 0, 4);
        const sums = via.split(k.add(x, past)).map((sum, gate) => k.add(sum, biases[gate] ?? 0));
        const [input, output, forget, candidate] = sums as [string, string, string, string];
        const seen = (sum: string, which: number, state: string): string => {
          const weight = via.peephole(which);
          return clipped(n, k, weight === undefined ? sum : k.add(sum, k.mul(weight, state)));
        };
        const [i, f] = [
          via.act(0, seen(input, 0, cell as string)),
          via.act(0, seen(forget, 2, cell as string)),
        ];
        const next = k.add(k.mul(f, cell as string), k.mul(i, via.act(1, clipped(n, k, candidate))));
        return [k.mul(via.act(0, seen(output, 1, next)), via.act(2, next)), next];
      },
    };
  }),
};

function isAlways(k: GradientKit, lengths: string, steps: number): boolean {
  const known = k.facts.value(lengths);
  return known?.data.every((length: number) => length === steps) ?? false;
}

function clipped(n: Fused, k: GradientKit, x: string): string {
  const limit = n.float("clip", 0);
  return limit > 0 ? k.emit("Clip", [x, k.number(-limit, x), k.number(limit, x)]) : x;
}

function activation(k: GradientKit, name: string, x: string): string {
  if (!["Sigmoid", "Tanh", "Relu", "Softsign", "Softplus"].includes(name))
    throw new Unemitted(`its activation ${name} is not unrolled`);
  return k.emit(name, [x]);
}
