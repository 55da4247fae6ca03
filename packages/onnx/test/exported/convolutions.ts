import {
  around,
  conv,
  type Exported,
  ends,
  graph,
  image,
  layerNorm,
  linear,
  relu,
  scalar,
  spatial,
} from "./kit.js";

export const convolutions: Readonly<Record<string, Exported>> = {
  "ConvNeXt V2: global response normalisation": graph(
    0.4,
    (g) => {
      const x = g.op("Transpose", [conv(g, image(g), 3, 16)], { perm: [0, 2, 3, 1] });
      const h = g.op("Gelu@com.microsoft", [linear(g, layerNorm(g, x, 16), 16, 32)]);
      const gx = g.op("ReduceL2", [h], { axes: [1, 2] });
      const nx = g.op("Div", [gx, g.op("Add", [g.op("ReduceMean", [gx], { axes: [-1] }), scalar(g, 1e-6)])]);
      const scaled = g.op("Add", [
        g.op("Mul", [g.op("Mul", [h, nx]), g.weight([1, 1, 1, 32], 1)]),
        g.weight([1, 1, 1, 32], 1),
      ]);
      const y = g.op("Add", [linear(g, g.op("Add", [scaled, h]), 32, 16), x]);
      ends(g, conv(g, g.op("Transpose", [y], { perm: [0, 3, 1, 2] }), 16, 4));
    },
    { options: { domains: { "com.microsoft": 1 } } },
  ),
  "efficient channel attention: a convolution across channels": around(0.9, (g, x) => {
    const pooled = g.op("Squeeze", [g.op("GlobalAveragePool", [x]), g.ints([3])]);
    const across = g.op("Conv", [g.op("Transpose", [pooled], { perm: [0, 2, 1] }), g.weight([1, 1, 3])], {
      pads: [1, 1],
    });
    const gate = g.op("Unsqueeze", [
      g.op("Transpose", [g.op("Sigmoid", [across])], { perm: [0, 2, 1] }),
      g.ints([3]),
    ]);
    return conv(g, relu(g, conv(g, g.op("Mul", [x, gate]), 16, 32)), 32, 16);
  }),
  "a ghost module": around(0.5, (g, x) => {
    const primary = relu(g, conv(g, x, 16, 8, 1));
    const cheap = relu(g, conv(g, primary, 1, 8, 3, { group: 8 }));
    return g.op("Concat", [primary, cheap], { axis: 1 });
  }),
  "RepVGG's branches with norms unfused": around(0.45, (g, x) => {
    const norm = (y: string): string =>
      g.op("BatchNormalization", [
        y,
        g.weight([16]),
        g.weight([16]),
        g.weight([16]),
        g.floats([16], new Array(16).fill(0.8)),
      ]);
    return relu(g, g.op("Sum", [norm(conv(g, x, 16, 16)), norm(conv(g, x, 16, 16, 1)), norm(x)]));
  }),
  "an inception block": around(0.45, (g, x) => {
    const pooled = g.op("AveragePool", [x], {
      kernel_shape: [3, 3],
      pads: [1, 1, 1, 1],
      strides: [1, 1],
      count_include_pad: 1,
    });
    const branches = [
      conv(g, x, 16, 4, 1),
      conv(g, relu(g, conv(g, x, 16, 8, 1)), 8, 4),
      conv(g, conv(g, x, 16, 4, 1), 4, 4, 5),
      conv(g, pooled, 16, 4, 1),
    ];
    return relu(g, g.op("Concat", branches, { axis: 1 }));
  }),
  "PixelUnshuffle, then PixelShuffle": graph(0.45, (g) => {
    const x = relu(g, conv(g, image(g), 3, 8));
    const six = g.op("Transpose", [g.op("Reshape", [x, g.ints([1, 8, 4, 2, 4, 2])])], {
      perm: [0, 1, 3, 5, 2, 4],
    });
    const down = g.op("Reshape", [six, g.ints([1, 32, 4, 4])]);
    const h = relu(g, conv(g, down, 32, 16));
    const up = g.op("DepthToSpace", [conv(g, h, 16, 32)], { blocksize: 2, mode: "CRD" });
    ends(g, conv(g, up, 8, 2));
  }),
  SpaceToDepth: graph(0.45, (g) => {
    const down = g.op("SpaceToDepth", [relu(g, conv(g, image(g), 3, 8))], { blocksize: 2 });
    ends(g, conv(g, relu(g, conv(g, down, 32, 16)), 16, 4));
  }),
  "Focus: strided slices, concatenated": graph(0.5, (g) => {
    const x = relu(g, conv(g, image(g), 3, 8));
    const parts = [
      [0, 0],
      [1, 0],
      [0, 1],
      [1, 1],
    ].map(([r, c]) =>
      g.op("Slice", [x, g.ints([r as number, c as number]), g.ints([8, 8]), g.ints([2, 3]), g.ints([2, 2])]),
    );
    ends(g, conv(g, relu(g, conv(g, g.op("Concat", parts, { axis: 1 }), 32, 16)), 16, 4));
  }),
  "a grouped transposed convolution": around(0.6, (g, x) => {
    const up = g.op("ConvTranspose", [x, g.weight([16, 8, 2, 2]), g.weight([16])], {
      group: 2,
      strides: [2, 2],
      kernel_shape: [2, 2],
    });
    return g.op("AveragePool", [relu(g, up)], { kernel_shape: [2, 2], strides: [2, 2] });
  }),
  "3D convolutions": graph(0.4, (g) => {
    const three = (x: string, from: number, to: number): string =>
      g.op("Conv", [x, g.weight([to, from, 3, 3, 3]), g.weight([to])], { pads: new Array(6).fill(1) });
    const x = relu(g, three(g.input("x", [1, 2, 4, 4, 4]), 2, 8));
    const y = g.op("Add", [x, three(relu(g, three(x, 8, 8)), 8, 8)]);
    const flat = g.op("Flatten", [g.op("MaxPool", [y], { kernel_shape: [2, 2, 2], strides: [2, 2, 2] })]);
    ends(g, g.op("Gemm", [flat, g.weight([5, 64])], { transB: 1 }));
  }),
  "instance norm": around(0.45, (g, x) => {
    const y = g.op("InstanceNormalization", [conv(g, x, 16, 16), g.weight([16]), g.weight([16])]);
    return relu(g, y);
  }),
  "group norm by Reshape and InstanceNormalization": around(0.8, (g, x) => {
    const open = g.op("Reshape", [conv(g, x, 16, 16), g.ints([0, 4, -1])]);
    const norm = g.op("InstanceNormalization", [
      open,
      g.floats([4], [1, 1, 1, 1]),
      g.floats([4], [0, 0, 0, 0]),
    ]);
    const back = g.op("Reshape", [norm, g.ints([1, 16, 8, 8])]);
    return g.op("Add", [g.op("Mul", [back, g.weight([16, 1, 1], 1)]), g.weight([16, 1, 1], 1)]);
  }),
  "weight norm in the graph": around(0.45, (g, x) => {
    const v = g.weight([16, 16, 3, 3]);
    const norm = g.op("Sqrt", [g.op("ReduceSum", [g.op("Mul", [v, v]), g.ints([1, 2, 3])])]);
    const w = g.op("Mul", [g.op("Div", [v, norm]), g.weight([16, 1, 1, 1], 1)]);
    return relu(g, g.op("Conv", [x, w, g.weight([16])], spatial(3)));
  }),
  "spectral norm in the graph": around(0.6, (g, x) => {
    const w = g.weight([16, 16, 3, 3]);
    const flat = g.op("Reshape", [w, g.ints([16, -1])]);
    const sigma = g.op("MatMul", [g.weight([16], 1), g.op("MatMul", [flat, g.weight([144], 1)])]);
    return relu(g, g.op("Conv", [x, g.op("Div", [w, sigma]), g.weight([16])], spatial(3)));
  }),
  "weight standardisation in the graph": around(0.6, (g, x) => {
    const w = g.weight([16, 16, 3, 3]);
    const centred = g.op("Sub", [w, g.op("ReduceMean", [w], { axes: [1, 2, 3] })]);
    const spread = g.op("Sqrt", [
      g.op("Add", [
        g.op("ReduceMean", [g.op("Mul", [centred, centred])], { axes: [1, 2, 3] }),
        scalar(g, 1e-5),
      ]),
    ]);
    return relu(g, g.op("Conv", [x, g.op("Div", [centred, spread]), g.weight([16])], spatial(3)));
  }),
  "dynamic convolution: kernels mixed by attention": graph(0.75, (g) => {
    const x = relu(g, conv(g, image(g), 3, 16));
    const pooled = g.op("Flatten", [g.op("GlobalAveragePool", [x])]);
    const attention = g.op("Softmax", [linear(g, relu(g, linear(g, pooled, 16, 8)), 8, 4)], { axis: 1 });
    const mixed = g.op("MatMul", [attention, g.weight([4, 16 * 16 * 9], 0.2)]);
    const w = g.op("Reshape", [mixed, g.ints([16, 16, 3, 3])]);
    ends(g, conv(g, relu(g, g.op("Conv", [x, w], spatial(3))), 16, 4));
  }),
  "GridSample by a learned flow": around(0.75, (g, x) => {
    const flow = g.op("Tanh", [conv(g, relu(g, conv(g, x, 16, 8)), 8, 2)]);
    const sampled = g.op("GridSample", [x, g.op("Transpose", [flow], { perm: [0, 2, 3, 1] })], {
      mode: "bilinear",
    });
    return conv(g, sampled, 16, 16);
  }),
  "GroupNormalization of opset 18, a scale for each group": graph(
    0.7,
    (g) => {
      const norm = (x: string): string =>
        g.op("GroupNormalization", [x, g.weight([4]), g.weight([4])], { num_groups: 4 });
      ends(g, conv(g, relu(g, norm(conv(g, image(g), 3, 16))), 16, 4));
    },
    { modes: ["channels", "heads", "both"], options: { opset: 18, ir: 8 }, parts: { rows: 4, columns: 4 } },
  ),
};
