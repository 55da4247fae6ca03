/** An attribute of a NodeDef as protobuf's JSON form has it: 64-bit integers are strings, bytes base64. */
export interface TfAttribute {
  readonly s?: string | readonly number[];
  readonly i?: string | number;
  readonly f?: number | string;
  readonly b?: boolean;
  readonly type?: string | number;
  readonly shape?: ShapeProto;
  readonly list?: {
    readonly s?: readonly (string | readonly number[])[];
    readonly i?: readonly (string | number)[];
    readonly f?: readonly (number | string)[];
    readonly shape?: readonly ShapeProto[];
  };
  readonly func?: { readonly name?: string };
  readonly tensor?: { readonly tensorShape?: ShapeProto; readonly [key: string]: unknown };
}

/** A shape as `model.json` has it; a size of -1 is open. */
export interface ShapeProto {
  readonly dim?: readonly { readonly size?: string | number }[];
  readonly unknownRank?: boolean;
}

/** A node of the graph as model.json stores it. */
export interface NodeDef {
  readonly name: string;
  readonly op: string;
  readonly input?: readonly string[];
  readonly attr?: Readonly<Record<string, TfAttribute>>;
}

/** The topology of a GraphModel as `model.json` has it. */
export interface GraphDef {
  readonly node: readonly NodeDef[];
  /** Functions that nodes run: branches and bodies of loops. */
  readonly library?: {
    readonly function?: readonly {
      readonly signature?: { readonly name?: string };
      readonly nodeDef?: readonly NodeDef[];
    }[];
  };
  readonly [key: string]: unknown;
}

/** The tensor behind a name of the signature. */
export interface TensorInfo {
  readonly name: string;
  readonly tensorShape?: ShapeProto;
}

/** Inputs and outputs of a GraphModel by the names that callers use. */
export interface Signature {
  readonly inputs?: Readonly<Record<string, TensorInfo>>;
  readonly outputs?: Readonly<Record<string, TensorInfo>>;
}

/** An entry of a weights manifest. */
export interface WeightEntry {
  readonly name: string;
  readonly shape: readonly number[];
  readonly dtype: string;
  readonly quantization?: {
    readonly dtype: "uint8" | "uint16" | "float16";
    readonly scale?: number;
    readonly min?: number;
    readonly original_dtype?: string;
  };
}

/** Weights that lie one after the other in files, in order. */
export interface WeightGroup {
  readonly paths: readonly string[];
  readonly weights: readonly WeightEntry[];
}

/** The contents of model.json; fields that are not named here are kept as they are. */
export interface ModelJson {
  readonly format?: string;
  readonly modelTopology: GraphDef;
  readonly weightsManifest: readonly WeightGroup[];
  readonly signature?: Signature;
  readonly userDefinedMetadata?: { readonly signature?: Signature; readonly [key: string]: unknown };
  readonly [key: string]: unknown;
}

/** A stored tensor. */
export interface TfjsWeight {
  readonly name: string;
  readonly shape: readonly number[];
  readonly dtype: string;
  readonly entry: WeightEntry;
  /** undefined for strings, whose elements vary in size. */
  readonly elementBytes: number | undefined;
  /** The elements as they are stored, quantised ones too. */
  readonly bytes: Uint8Array;
}

/** A GraphModel: what tf.loadGraphModel loads. */
export interface GraphModel {
  readonly json: ModelJson;
  readonly graph: GraphDef;
  readonly signature: Signature | undefined;
  /** In the order of the manifest. */
  readonly weights: ReadonlyMap<string, TfjsWeight>;
  /** The files it was read from, model.json first. */
  readonly files?: readonly string[];
}
