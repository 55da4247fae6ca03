import { factorShifted, inverse, solve } from "./cholesky.js";

/** A layer that reads the units: its weights and the covariance of its inputs. */
export interface Reader {
  readonly inputs: number;
  readonly outputs: number;
  /** outputs x inputs. */
  readonly weights: ArrayLike<number>;
  /** inputs x inputs. */
  readonly covariance: Float64Array;
  /** Inputs of each unit; none where the layer doesn't read it. */
  readonly columns: readonly (readonly number[])[];
}

/** How `eliminate` ranks units, which it must keep and when it stops. */
export interface EliminationOptions {
  /** Added to the covariance, relative to its mean diagonal. @default 1e-3 */
  readonly alpha?: number;
  /** Units that are never removed. */
  readonly keep?: ReadonlySet<number>;
  /** Stop when this many units have left. */
  readonly most?: number;
  /** Units that leave between two rankings. @default 1 */
  readonly step?: number;
}

/** Units in the order in which they leave. */
export interface Elimination {
  readonly order: readonly number[];
  /** After each: the error that the readers are left with once refitted, each relative to its output's variance. */
  readonly costs: readonly number[];
}

/**
 * Removes units one by one, each time the one whose loss costs least after all layers that read them are refitted:
 * the exact reconstruction cost (OBS, OSSCAR) with downdates of the inverse.
 */
export function eliminate(
  readers: readonly Reader[],
  units: number,
  options: EliminationOptions = {},
): Elimination {
  const { alpha = 1e-3, keep = new Set<number>(), most = units - 1, step = 1 } = options;
  const states = readers.map((reader) => stateOf(reader, alpha));
  const left = new Set(Array.from({ length: units }, (_, u) => u).filter((u) => !keep.has(u)));
  const order: number[] = [];
  const costs: number[] = [];
  let total = 0;
  while (order.length < most && left.size > 0) {
    const ranked = [...left].map((unit) => ({ unit, cost: costOf(states, unit) }));
    ranked.sort((a, b) => a.cost - b.cost || a.unit - b.unit);
    for (const { unit } of ranked.slice(0, Math.min(step, most - order.length))) {
      // Others of the same step have left since the ranking.
      total += costOf(states, unit);
      for (const state of states) remove(state, unit);
      left.delete(unit);
      order.push(unit);
      costs.push(total);
    }
  }
  return { order, costs };
}

/** What the loss of each single unit costs. */
export function singleCosts(readers: readonly Reader[], units: number, alpha = 1e-3): Float64Array {
  const states = readers.map((reader) => stateOf(reader, alpha));
  return Float64Array.from({ length: units }, (_, unit) => costOf(states, unit));
}

interface State {
  readonly reader: Reader;
  readonly weights: Float64Array;
  readonly inverse: Float64Array;
  readonly power: number;
  /** Inputs that are left. */
  active: number[];
}

function stateOf(reader: Reader, alpha: number): State {
  const { inputs: n, outputs: q, covariance } = reader;
  const weights = Float64Array.from(reader.weights);
  let mean = 0;
  for (let i = 0; i < n; i++) mean += (covariance[i * n + i] as number) / n;
  let power = 0;
  for (let o = 0; o < q; o++)
    for (let i = 0; i < n; i++) {
      const w = weights[o * n + i] as number;
      if (w === 0) continue;
      let sum = 0;
      for (let j = 0; j < n; j++) sum += (weights[o * n + j] as number) * (covariance[i * n + j] as number);
      power += w * sum;
    }
  const shifted = inverse(covariance, n, alpha * mean);
  return {
    reader,
    weights,
    inverse: shifted,
    power: power || 1,
    active: Array.from({ length: n }, (_, i) => i),
  };
}

const costOf = (states: readonly State[], unit: number): number =>
  states.reduce((sum, state) => sum + lossOf(state, unit) / state.power, 0);

/** The block of the inverse at a unit's inputs, factored. */
function blockOf({ inverse: h, reader: { inputs: n } }: State, columns: readonly number[]): Float64Array {
  const b = columns.length;
  const block = new Float64Array(b * b);
  for (let i = 0; i < b; i++)
    for (let j = 0; j < b; j++)
      block[i * b + j] = h[(columns[i] as number) * n + (columns[j] as number)] as number;
  return factorShifted(block, b, 0).l;
}

function lossOf(state: State, unit: number): number {
  const { reader, weights } = state;
  const columns = reader.columns[unit] ?? [];
  const b = columns.length;
  if (b === 0) return 0;
  const { inputs: n, outputs: q } = reader;
  const l = blockOf(state, columns);
  let loss = 0;
  const row = new Float64Array(b);
  for (let o = 0; o < q; o++) {
    // |L⁻¹ w|² = wᵀ (L Lᵀ)⁻¹ w
    for (let i = 0; i < b; i++) {
      let sum = weights[o * n + (columns[i] as number)] as number;
      for (let k = 0; k < i; k++) sum -= (l[i * b + k] as number) * (row[k] as number);
      sum /= l[i * b + i] as number;
      row[i] = sum;
      loss += sum * sum;
    }
  }
  return loss;
}

/** Refits the other inputs to the loss of a unit's. */
function remove(state: State, unit: number): void {
  const { reader, weights, inverse: h } = state;
  const { inputs: n, outputs: q } = reader;
  const columns = reader.columns[unit] ?? [];
  const b = columns.length;
  if (b === 0) return;
  const gone = new Set(columns);
  const active = state.active.filter((i) => !gone.has(i));
  const m = active.length;
  const rows = new Float64Array(m * b);
  for (let k = 0; k < m; k++)
    for (let i = 0; i < b; i++)
      rows[k * b + i] = h[(columns[i] as number) * n + (active[k] as number)] as number;
  const gain = rows.slice();
  solve(blockOf(state, columns), b, gain, m);
  for (let o = 0; o < q; o++)
    for (let i = 0; i < b; i++) {
      const w = weights[o * n + (columns[i] as number)] as number;
      if (w === 0) continue;
      for (let k = 0; k < m; k++) weights[o * n + (active[k] as number)]! -= w * (gain[k * b + i] as number);
    }
  for (let r = 0; r < m; r++)
    for (let i = 0; i < b; i++) {
      const by = rows[r * b + i] as number;
      const base = (active[r] as number) * n;
      for (let k = 0; k < m; k++) h[base + (active[k] as number)]! -= by * (gain[k * b + i] as number);
    }
  for (const column of columns) for (let o = 0; o < q; o++) weights[o * n + column] = 0;
  state.active = active;
}
