import type { Outlined } from "./outline/outlined.js";
import type { DataType, Tensor } from "./tensor.js";

/**
 * Bytes on a buffer of their own, which `Blob`, `fetch` and `Response` take: `Uint8Array<ArrayBuffer>`, as it is written
 * since TypeScript 5.7, and plain `Uint8Array` before.
 */
export type ModelBytes = ReturnType<Uint8ArrayConstructor["of"]>;

/** A parsed ONNX model: light views over the source bytes; weights are read only when asked for. */
export interface Model {
  readonly irVersion: number;
  /** Opset version by domain; the default domain is "". */
  readonly opsets: ReadonlyMap<string, number>;
  readonly graph: Graph;
  /** Names of model-local functions, as "domain:name". */
  readonly functions: ReadonlySet<string>;
  readonly source: ModelBytes;
  /** Reads a range of an external data file; absent when the model was read from bytes alone. */
  readonly external?: ExternalReader;
  /** Path that the model was read from, when it was. */
  readonly file?: string;
  /** Set where nodes were put in place of what contained them; `source` and `graph` are as after that. */
  readonly inlined?: Inlined;
  /** Set where `source` lacks the values of big tensors, which are read out of the file when they are asked for. */
  readonly outlined?: Outlined;
}

/** What a model was made flat of. */
export interface Inlined {
  /** Calls of local functions. */
  readonly functions: number;
  /** Ifs that take the same branch in every run. */
  readonly branches: number;
  /** Sequences of known length. */
  readonly sequences: number;
  /** The bytes that the model was read from. */
  readonly original: ModelBytes;
}

/** Reads a range of an external file; the result may lie in `into` where that is big enough. */
export type ExternalReader = (
  location: string,
  offset: number,
  length: number | undefined,
  into?: Uint8Array,
) => Uint8Array;

/** A graph of a file, also one in an attribute (a branch or the body of a loop). */
export interface Graph {
  readonly name: string;
  /** In file order; `order` of the reader gives a topological order. */
  readonly nodes: readonly Node[];
  readonly initializers: ReadonlyMap<string, Weight>;
  /** Names of sparse initializers, which are copied but not read. */
  readonly sparseInitializers?: ReadonlySet<string>;
  readonly inputs: readonly ValueInfo[];
  readonly outputs: readonly ValueInfo[];
  readonly valueInfo: ReadonlyMap<string, ValueInfo>;
}

/** A node of a file. */
export interface Node {
  /** Position in the graph's node list of the file. */
  readonly index: number;
  readonly name: string;
  readonly op: string;
  readonly domain: string;
  /** An empty string is an omitted optional input. */
  readonly inputs: readonly string[];
  readonly outputs: readonly string[];
  readonly attributes: ReadonlyMap<string, Attribute>;
  /** The module of the network's source that it comes from, where the exporter says: `layer1.0.conv1`. */
  readonly module?: string | undefined;
  /** An `OperatorRecord` in place of what is known of its operator: see `withOperators`. */
  readonly own?: object | undefined;
}

/** A node's attribute as the file has it, tagged with its kind; `other` is a kind that is copied but not read. */
export type Attribute =
  | { readonly kind: "int"; readonly value: number }
  | { readonly kind: "float"; readonly value: number }
  | { readonly kind: "string"; readonly value: string }
  | { readonly kind: "ints"; readonly value: readonly number[] }
  | { readonly kind: "floats"; readonly value: readonly number[] }
  | { readonly kind: "strings"; readonly value: readonly string[] }
  | { readonly kind: "tensor"; readonly value: Weight }
  | { readonly kind: "graph"; readonly value: Graph }
  | { readonly kind: "graphs"; readonly value: readonly Graph[] }
  | { readonly kind: "other"; readonly value: undefined };

/** Stored values: an initializer or the value of a Constant node. */
export interface Weight {
  readonly name: string;
  readonly dtype: DataType;
  /** TensorProto.DataType number as in the file. */
  readonly elementType: number;
  readonly shape: readonly number[];
  /** Bytes of one element, or undefined where elements are packed or of variable size (int4, string). */
  readonly elementBytes: number | undefined;
  /** True when the values live in an external file. */
  readonly external: boolean;
  /** Set where a ConstantOfShape makes the tensor, all of one element: the node, and that element's bytes. */
  readonly filled?: {
    readonly node: number;
    /** Its input that holds the shape. */
    readonly input: number;
    /** Some layer reads it as its weight. */
    readonly layer: boolean;
    element(): Uint8Array;
  };
  /** Little-endian element bytes: a view where the file allows it, else a copy. May be unaligned. */
  bytes(): Uint8Array;
  /**
   * Bytes [from, to) alone: a view, or read into `into`, which must hold as many. Absent where the file has the values
   * in a form of its own.
   */
  range?(from: number, to: number, into: Uint8Array): Uint8Array;
  /** Decoded values. */
  tensor(): Tensor;
}

/** What a file says of a tensor: its name, type (a TensorProto.DataType number) and shape. */
export interface ValueInfo {
  readonly name: string;
  readonly elementType: number;
  /** undefined: not a tensor or of unknown rank; a dim is a number, a symbol, or undefined when unknown. */
  readonly shape: readonly (number | string | undefined)[] | undefined;
}

/** What to change in a graph; everything not named here is copied byte for byte. */
export interface GraphEdit {
  /** New contents by initializer name or by output name of a Constant node. Same dtype as before. */
  readonly tensors: ReadonlyMap<string, NewTensor>;
  /** Tensors to add as initializers; `name` must be new. */
  readonly added: readonly NamedTensor[];
  readonly droppedInitializers: ReadonlySet<string>;
  /** By node index in the file: null removes the node. */
  readonly nodes: ReadonlyMap<number, NodeEdit | null>;
  /** New nodes, each before (index = nodes.length: after all) a node of the file, in list order. */
  readonly inserted: readonly { readonly before: number; readonly node: NewNode }[];
  /** Keeps a value_info entry when it returns true (entries of changed shapes must go). */
  readonly keepValueInfo: (name: string) => boolean;
  /** New sizes of the graph's own inputs and outputs, by name; undefined for a dim that stays as it is. */
  readonly resized?: ReadonlyMap<string, readonly (number | undefined)[]>;
  /** Inputs and outputs of its own that the graph has no more. */
  readonly goneEnds?: ReadonlySet<string>;
  /** New names of its inputs and outputs; nodes that read and make them are named in `nodes`. */
  readonly renamedEnds?: ReadonlyMap<string, string>;
  /** Inputs and outputs that the graph gets beside its own. */
  readonly ends?: {
    readonly inputs: readonly { readonly name: string; readonly elementType: number }[];
    readonly outputs: readonly string[];
  };
}

/** A shape and the bytes to store for it. */
export interface NewTensor {
  readonly shape: readonly number[];
  /** Little-endian element bytes; called once while writing, so that big weights are cut one at a time. */
  bytes(): Uint8Array;
  /** The same in pieces, each good until the next is asked for. */
  pieces?(): Iterable<Uint8Array>;
}

/** A tensor to be stored under a name. */
export interface NamedTensor extends NewTensor {
  readonly name: string;
  /** TensorProto.DataType number. */
  readonly elementType: number;
}

/** Changes to one node; what is left out stays as it is. */
export interface NodeEdit {
  readonly inputs?: readonly string[];
  readonly outputs?: readonly string[];
  readonly op?: string;
  readonly domain?: string;
  /** Replaced or added by name; null removes. A number is written as int, an array as ints, others as tagged. */
  readonly attributes?: ReadonlyMap<string, AttributeValue | null>;
  /** Changes to the graphs in its attributes, by attribute. */
  readonly graphs?: ReadonlyMap<string, GraphEdit>;
}

/** An attribute to write: a number is an int, a list of numbers ints, others are tagged. */
export type AttributeValue =
  | number
  | readonly number[]
  | { readonly float: number }
  | { readonly string: string };

/** A node to add to a graph. */
export interface NewNode {
  readonly name: string;
  readonly op: string;
  readonly domain: string;
  readonly inputs: readonly string[];
  readonly outputs: readonly string[];
  readonly attributes: ReadonlyMap<string, AttributeValue>;
}
