/** What was timed, where and on what: a table holds for that alone. */
export interface LatencyKey {
  /** sha256 of the model. */
  readonly model: string;
  readonly machine: string;
  /** Name and version. */
  readonly runtime: string;
  readonly threads: number;
  /** Shapes of the inputs. */
  readonly inputs: Readonly<Record<string, readonly number[]>>;
}

/** Times of a model's operators by the widths of their prunable axes, measured inside whole runs of cut models. */
export interface LatencyTable extends LatencyKey {
  readonly format: "prune-latency/1";
  /** Milliseconds of a whole run of each cut model; the first is the model as it is. */
  readonly runs: readonly number[];
  readonly operators: readonly OperatorTimes[];
}

/** One operator, with the same attributes, shapes and readers at all of its nodes. */
export interface OperatorTimes {
  readonly op: string;
  /** By index in topological order. */
  readonly nodes: readonly number[];
  /**
   * What its time depends on: sizes of dims that may be cut, such as `input 0:1` (dim 1 of the first input), or
   * `elements`, of all inputs and outputs, where only their number counts. None: it stays as it is.
   */
  readonly axes: readonly string[];
  /** Sizes of the axes in the model as it is. */
  readonly whole: readonly number[];
  /** [cut model, ...sizes of the axes, milliseconds of one node] */
  readonly points: readonly (readonly number[])[];
}
