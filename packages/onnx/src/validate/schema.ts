/** What ONNX itself asks of an operator's nodes. */
export interface Schema {
  readonly inputs: readonly [least: number, most: number];
  readonly outputs: readonly [least: number, most: number];
  /** Whether each of the least inputs must be there: none of them may be left out by an empty name. */
  readonly needsAll: boolean;
  /** Letters of the kinds that an attribute may have in some version; see `kindLetters`. */
  readonly attributes: ReadonlyMap<string, string>;
  /** Attributes that every version needs. */
  readonly required: readonly string[];
  /** The opset that brought the operator. */
  readonly since: number;
}

/** One letter for each kind of attribute. */
export const kindLetters: Readonly<Record<string, string>> = {
  int: "i",
  float: "f",
  string: "s",
  tensor: "t",
  graph: "g",
  ints: "I",
  floats: "F",
  strings: "S",
};

/** The schema of an operator of the default domain, or undefined where ONNX has no such operator. */
export function schemaOf(op: string): Schema | undefined {
  schemas ??= readTable();
  return schemas.get(op);
}

/**
 * Whether a local function, as "domain:name", has the name of an operator of ONNX itself: runtimes run their own then,
 * and so do we.
 */
export function isBuiltIn(id: string): boolean {
  const [domain, op = ""] = id.split(":");
  return domain === "" && schemaOf(op) !== undefined;
}

let schemas: ReadonlyMap<string, Schema> | undefined;

function readTable(): ReadonlyMap<string, Schema> {
  return new Map(
    table
      .trim()
      .split("\n")
      .map((line) => {
        const [name, inputs, outputs, ...attributes] = line.split(" ") as [
          string,
          string,
          string,
          ...string[],
        ];
        const [op, since = "1"] = name.split("@") as [string, string?];
        const parts = attributes.map((text) => text.split(":") as [string, string]);
        return [
          op,
          {
            inputs: range(inputs.replace("~", "")),
            outputs: range(outputs),
            needsAll: !inputs.includes("~"),
            attributes: new Map(parts.map(([name, kinds]) => [name.replace("!", ""), kinds])),
            since: Number(since),
            required: parts.flatMap(([name]) => (name.endsWith("!") ? [name.slice(0, -1)] : [])),
          },
        ];
      }),
  );
}

function range(text: string): readonly [number, number] {
  const [least, most] = text.split("-") as [string, string];
  return [Number(least), most === "*" ? Number.POSITIVE_INFINITY : Number(most)];
}

/**
 * The operators of ONNX 1.23 (opset 1 to 28), as wide as all their versions together: what is outside no version allows.
 * Each line: operator (with the opset that brought it, if that is not the first), inputs ("~": some of the least may be
 * left out), outputs, attributes with the letters of their kinds ("!": needed by every version).
 */
const table = `
Abs 1-1 1-1
Acos@7 1-1 1-1
Acosh@9 1-1 1-1
Add 2-2 1-1 axis:i broadcast:i
AffineGrid@20 2-2 1-1 align_corners:i
And 2-2 1-1 axis:i broadcast:i
ArgMax 1-1 1-1 axis:i keepdims:i select_last_index:i
ArgMin 1-1 1-1 axis:i keepdims:i select_last_index:i
Asin@7 1-1 1-1
Asinh@9 1-1 1-1
Atan@7 1-1 1-1
Atanh@9 1-1 1-1
Attention@23 3-7 1-4 is_causal:i kv_num_heads:i left_window_size:i q_num_heads:i qk_matmul_output_mode:i right_window_size:i scale:f softcap:f softmax_precision:i
AveragePool 1-1 1-1 auto_pad:s ceil_mode:i count_include_pad:i dilations:I kernel_shape!:I pads:I strides:I
BatchNormalization 5-5 1-5 epsilon:f is_test:i momentum:f spatial:i training_mode:i
Bernoulli@15 1-1 1-1 dtype:i seed:f
BitCast@26 1-1 1-1 to!:i
BitShift@11 2-2 1-1 direction!:s
BitwiseAnd@18 2-2 1-1
BitwiseNot@18 1-1 1-1
BitwiseOr@18 2-2 1-1
BitwiseXor@18 2-2 1-1
BlackmanWindow@17 1-1 1-1 output_datatype:i periodic:i
Cast 1-1 1-1 round_mode:s saturate:i to!:is
CastLike@15 2-2 1-1 round_mode:s saturate:i
CausalConvWithState@27 2-4 2-2 activation:s
Ceil 1-1 1-1
Celu@12 1-1 1-1 alpha:f
CenterCropPad@18 2-2 1-1 axes:I
Clip 1-3 1-1 max:f min:f
Col2Im@18 3-3 1-1 dilations:I pads:I strides:I
Compress@9 2-2 1-1 axis:i
Concat 1~-* 1-1 axis:i
ConcatFromSequence@11 1-1 1-1 axis!:i new_axis:i
Constant 0-0 1-1 value:t value_float:f value_floats:F value_int:i value_ints:I value_string:s value_strings:S
ConstantOfShape@9 1-1 1-1 value:t
Conv 2-3 1-1 auto_pad:s dilations:I group:i kernel_shape:I pads:I strides:I
ConvInteger@10 2-4 1-1 auto_pad:s dilations:I group:i kernel_shape:I pads:I strides:I
ConvTranspose 2-3 1-1 auto_pad:s dilations:I group:i kernel_shape:I output_padding:I output_shape:I pads:I strides:I
Cos@7 1-1 1-1
Cosh@9 1-1 1-1
CumProd@26 2-2 1-1 exclusive:i reverse:i
CumSum@11 2-2 1-1 exclusive:i reverse:i
DFT@17 1-3 1-1 axis:i inverse:i onesided:i
DeformConv@19 3-5 1-1 dilations:I group:i kernel_shape:I offset_group:i pads:I strides:I
DepthToSpace 1-1 1-1 blocksize!:i mode:s
DequantizeLinear@10 2-3 1-1 axis:i block_size:i output_dtype:i
Det@11 1-1 1-1
Div 2-2 1-1 axis:i broadcast:i
Dropout 1-3 1-2 is_test:i ratio:f seed:i
DynamicQuantizeLinear@11 1-1 3-3
Einsum@12 1~-* 1-1 equation!:s
Elu 1-1 1-1 alpha:f
Equal 2-2 1-1 axis:i broadcast:i
Erf@9 1-1 1-1
Exp 1-1 1-1
Expand@8 2-2 1-1
EyeLike@9 1-1 1-1 dtype:i k:i
Flatten 1-1 1-1 axis:i
Floor 1-1 1-1
GRU 3-6 0-2 activation_alpha:F activation_beta:F activations:S clip:f direction:s hidden_size:i layout:i linear_before_reset:i output_sequence:i
Gather 2-2 1-1 axis:i
GatherElements@11 2-2 1-1 axis:i
GatherND@11 2-2 1-1 batch_dims:i
Gelu@20 1-1 1-1 approximate:s
Gemm 2-3 1-1 alpha:f beta:f broadcast:i transA:i transB:i
GlobalAveragePool 1-1 1-1
GlobalLpPool 1-1 1-1 p:fi
GlobalMaxPool 1-1 1-1
Greater 2-2 1-1 axis:i broadcast:i
GreaterOrEqual@12 2-2 1-1
GridSample@16 2-2 1-1 align_corners:i mode:s padding_mode:s
GroupNormalization@18 3-3 1-1 epsilon:f num_groups!:i stash_type:i
HammingWindow@17 1-1 1-1 output_datatype:i periodic:i
HannWindow@17 1-1 1-1 output_datatype:i periodic:i
HardSigmoid 1-1 1-1 alpha:f beta:f
HardSwish@14 1-1 1-1
Hardmax 1-1 1-1 axis:i
Identity 1-1 1-1
If 1-1 1-* else_branch!:g then_branch!:g
ImageDecoder@20 1-1 1-1 pixel_format:s
InstanceNormalization 3-3 1-1 epsilon:f
IsInf@10 1-1 1-1 detect_negative:i detect_positive:i
IsNaN@9 1-1 1-1
LRN 1-1 1-1 alpha:f beta:f bias:f size!:i
LSTM 3-8 0-3 activation_alpha:F activation_beta:F activations:S clip:f direction:s hidden_size:i input_forget:i layout:i output_sequence:i
LayerNormalization@17 2-3 1-3 axis:i epsilon:f stash_type:i
LeakyRelu 1-1 1-1 alpha:f
Less 2-2 1-1 axis:i broadcast:i
LessOrEqual@12 2-2 1-1
LinearAttention@27 3-6 2-2 chunk_size:i kv_num_heads!:i q_num_heads!:i scale:f update_rule:s
Log 1-1 1-1
LogSoftmax 1-1 1-1 axis:i
Loop 2~-* 1-* body!:g
LpNormalization 1-1 1-1 axis:i p:i
LpPool 1-1 1-1 auto_pad:s ceil_mode:i dilations:I kernel_shape:I p:fi pads:I strides:I
MatMul 2-2 1-1
MatMulInteger@10 2-4 1-1
Max 1~-* 1-1
MaxPool 1-1 1-2 auto_pad:s ceil_mode:i dilations:I kernel_shape!:I pads:I storage_order:i strides:I
MaxRoiPool 2-2 1-1 pooled_shape!:I spatial_scale:f
MaxUnpool@9 2-3 1-1 kernel_shape!:I pads:I strides:I
Mean 1~-* 1-1
MeanVarianceNormalization@9 1-1 1-1 axes:I
MelWeightMatrix@17 5-5 1-1 output_datatype:i
Min 1~-* 1-1
Mish@18 1-1 1-1
Mod@10 2-2 1-1 fmod:i
Mul 2-2 1-1 axis:i broadcast:i
Multinomial@7 1-1 1-1 dtype:i sample_size:i seed:f
Neg 1-1 1-1
NegativeLogLikelihoodLoss@12 2-3 1-1 ignore_index:i reduction:s
NonMaxSuppression@10 2-5 1-1 center_point_box:i
NonZero@9 1-1 1-1
Not 1-1 1-1
OneHot@9 3-3 1-1 axis:i
Optional@15 0-1 1-1
OptionalGetElement@15 1-1 1-1
OptionalHasElement@15 0-1 1-1
Or 2-2 1-1 axis:i broadcast:i
PRelu 2-2 1-1
Pad 1-4 1-1 mode:s paddings:I pads:I value:f
Pow 2-2 1-1 axis:i broadcast:i
QLinearConv@10 8-9 1-1 auto_pad:s dilations:I group:i kernel_shape:I pads:I strides:I
QLinearMatMul@10 8-8 1-1
QuantizeLinear@10 2-3 1-1 axis:i block_size:i output_dtype:i precision:i saturate:i
RMSNormalization@23 2-2 1-1 axis:i epsilon:f stash_type:i
RNN 3-6 0-2 activation_alpha:F activation_beta:F activations:S clip:f direction:s hidden_size:i layout:i output_sequence:i
RandomNormal 0-0 1-1 dtype:i mean:f scale:f seed:f shape!:I
RandomNormalLike 1-1 1-1 dtype:i mean:f scale:f seed:f
RandomUniform 0-0 1-1 dtype:i high:f low:f seed:f shape!:I
RandomUniformLike 1-1 1-1 dtype:i high:f low:f seed:f
Range@11 3-3 1-1 stash_type:i
Reciprocal 1-1 1-1
ReduceL1 1-2 1-1 axes:I keepdims:i noop_with_empty_axes:i
ReduceL2 1-2 1-1 axes:I keepdims:i noop_with_empty_axes:i
ReduceLogSum 1-2 1-1 axes:I keepdims:i noop_with_empty_axes:i
ReduceLogSumExp 1-2 1-1 axes:I keepdims:i noop_with_empty_axes:i
ReduceMax 1-2 1-1 axes:I keepdims:i noop_with_empty_axes:i
ReduceMean 1-2 1-1 axes:I keepdims:i noop_with_empty_axes:i
ReduceMin 1-2 1-1 axes:I keepdims:i noop_with_empty_axes:i
ReduceProd 1-2 1-1 axes:I keepdims:i noop_with_empty_axes:i
ReduceSum 1-2 1-1 axes:I keepdims:i noop_with_empty_axes:i
ReduceSumSquare 1-2 1-1 axes:I keepdims:i noop_with_empty_axes:i
RegexFullMatch@20 1-1 1-1 pattern:s
Relu 1-1 1-1
Reshape 1-2 1-1 allowzero:i shape:I
Resize@10 1-4 1-1 antialias:i axes:I coordinate_transformation_mode:s cubic_coeff_a:f exclude_outside:i extrapolation_value:f keep_aspect_ratio_policy:s mode:s nearest_mode:s
ReverseSequence@10 2-2 1-1 batch_axis:i time_axis:i
RoiAlign@10 3-3 1-1 coordinate_transformation_mode:s mode:s output_height:i output_width:i sampling_ratio:i spatial_scale:f
RotaryEmbedding@23 3-4 1-1 interleaved:i num_heads:i rotary_embedding_dim:i
Round@11 1-1 1-1
STFT@17 2-4 1-1 onesided:i
Scan@8 1~-* 1-* body!:g directions:I num_scan_inputs!:i scan_input_axes:I scan_input_directions:I scan_output_axes:I scan_output_directions:I
Scatter@9 3-3 1-1 axis:i
ScatterElements@11 3-3 1-1 axis:i reduction:s
ScatterND@11 3-3 1-1 reduction:s
Selu 1-1 1-1 alpha:f gamma:f
SequenceAt@11 2-2 1-1
SequenceConstruct@11 1~-* 1-1
SequenceEmpty@11 0-0 1-1 dtype:i
SequenceErase@11 1-2 1-1
SequenceInsert@11 2-3 1-1
SequenceLength@11 1-1 1-1
SequenceMap@17 1-* 1-* body!:g
Shape 1-1 1-1 end:i start:i
Shrink@9 1-1 1-1 bias:f lambd:f
Sigmoid 1-1 1-1
Sign@9 1-1 1-1
Sin@7 1-1 1-1
Sinh@9 1-1 1-1
Size 1-1 1-1
Slice 1-5 1-1 axes:I ends:I starts:I
Softmax 1-1 1-1 axis:i
SoftmaxCrossEntropyLoss@12 2-3 1-2 ignore_index:i reduction:s
Softplus 1-1 1-1
Softsign 1-1 1-1
SpaceToDepth 1-1 1-1 blocksize!:i mode:s
Split 1-2 1-* axis:i num_outputs:i split:I
SplitToSequence@11 1-2 1-1 axis:i keepdims:i
Sqrt 1-1 1-1
Squeeze 1-2 1-1 axes:I
StringConcat@20 2-2 1-1
StringNormalizer@10 1-1 1-1 case_change_action:s is_case_sensitive:i locale:s stopwords:S
StringSplit@20 1-1 2-2 delimiter:s maxsplit:i
Sub 2-2 1-1 axis:i broadcast:i
Sum 1~-* 1-1
SwiGLU@28 2-2 1-1 alpha:f
Swish@24 1-1 1-1 alpha:f
Tan@7 1-1 1-1
Tanh 1-1 1-1
TensorScatter@24 2-3 1-1 axis:i mode:s
TfIdfVectorizer@9 1-1 1-1 max_gram_length!:i max_skip_count!:i min_gram_length!:i mode!:s ngram_counts!:I ngram_indexes!:I pool_int64s:I pool_strings:S weights:F
ThresholdedRelu@10 1-1 1-1 alpha:f
Tile 2-3 1-1
TopK 1-2 2-2 axis:i k:i largest:i sorted:i
Transpose 1-1 1-1 perm:I
Trilu@14 1-2 1-1 upper:i
Unique@11 1-1 1-4 axis:i sorted:i
Unsqueeze 1-2 1-1 axes:I
Upsample 1-2 1-1 height_scale:f mode:s scales:F width_scale:f
Where@9 3-3 1-1
Xor 2-2 1-1 axis:i broadcast:i
`;
