/** First and second moments of inputs x and targets y of one linear map, about their means. */
export interface Moments {
  readonly inputs: number;
  readonly targets: number;
  count: number;
  readonly meanX: Float64Array;
  readonly meanY: Float64Array;
  /** Sum of (x - mean)(x - mean)ᵀ, inputs x inputs. */
  readonly xx: Float64Array;
  /** Sum of (x - mean)(y - mean)ᵀ, inputs x targets. */
  readonly xy: Float64Array;
  /** Sum of (y - mean)² by target. */
  readonly yy: Float64Array;
}

/** Moments of no rows, of so many inputs and outputs, to add batches to. */
export function emptyMoments(inputs: number, targets: number): Moments {
  return {
    inputs,
    targets,
    count: 0,
    meanX: new Float64Array(inputs),
    meanY: new Float64Array(targets),
    xx: new Float64Array(inputs * inputs),
    xy: new Float64Array(inputs * targets),
    yy: new Float64Array(targets),
  };
}

/** A batch's moments, in any precision. */
export interface MomentsLike {
  readonly count: number;
  readonly meanX: ArrayLike<number>;
  readonly meanY: ArrayLike<number>;
  readonly xx: ArrayLike<number>;
  readonly xy: ArrayLike<number>;
  readonly yy: ArrayLike<number>;
}

/** Adds a batch: sums about means combine with the square of how far the means lie apart. */
export function addMoments(into: Moments, batch: MomentsLike): void {
  const { inputs, targets } = into;
  const total = into.count + batch.count;
  if (batch.count === 0) return;
  const share = (into.count * batch.count) / total;
  const dx = difference(batch.meanX, into.meanX);
  const dy = difference(batch.meanY, into.meanY);
  for (let i = 0; i < inputs; i++) {
    const by = share * (dx[i] as number);
    const rx = i * inputs;
    const ry = i * targets;
    if (batch.xx.length > 0)
      for (let j = 0; j < inputs; j++)
        into.xx[rx + j]! += (batch.xx[rx + j] as number) + by * (dx[j] as number);
    for (let o = 0; o < targets; o++)
      into.xy[ry + o]! += (batch.xy[ry + o] as number) + by * (dy[o] as number);
  }
  for (let o = 0; o < targets; o++) into.yy[o]! += (batch.yy[o] as number) + share * (dy[o] as number) ** 2;
  const weight = batch.count / total;
  for (let i = 0; i < inputs; i++) into.meanX[i]! += weight * (dx[i] as number);
  for (let o = 0; o < targets; o++) into.meanY[o]! += weight * (dy[o] as number);
  into.count = total;
}

const difference = (a: ArrayLike<number>, b: Float64Array): Float64Array =>
  b.map((value, i) => (a[i] as number) - value);

/** The moments of all parts together. There has to be at least one, and all of the same sizes. */
export function sumOfMoments(parts: readonly Moments[]): Moments {
  const [first] = parts as [Moments];
  const sum = emptyMoments(first.inputs, first.targets);
  for (const part of parts) addMoments(sum, part);
  return sum;
}

/** Moments of some of the inputs. */
export function selectInputs(moments: Moments, kept: ArrayLike<number>): Moments {
  const { inputs, targets, xx, xy } = moments;
  const n = kept.length;
  const out = emptyMoments(n, targets);
  for (let i = 0; i < n; i++) {
    const a = kept[i] as number;
    out.meanX[i] = moments.meanX[a] as number;
    for (let j = 0; j < n; j++) out.xx[i * n + j] = xx[a * inputs + (kept[j] as number)] as number;
    for (let o = 0; o < targets; o++) out.xy[i * targets + o] = xy[a * targets + o] as number;
  }
  out.meanY.set(moments.meanY);
  out.yy.set(moments.yy);
  out.count = moments.count;
  return out;
}
