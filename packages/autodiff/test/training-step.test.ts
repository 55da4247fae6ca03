import { type Model, readModel } from "@prune/onnx";
import { newModel } from "@prune/onnx/advanced";
import { createSession, run, type Values } from "@prune/runtime-ort";
import { randomStream } from "@prune/samples";
import { expect, test } from "vitest";
import { countName, rateName } from "../src/advanced.js";
import { adamW, meanSquares, type Optimiser, sgd, trainingStep } from "../src/index.js";

const drawn = (name: string, length: number): Float32Array => {
  const { normal } = randomStream(1, name);
  return Float32Array.from({ length }, normal);
};

/** y = x w + b, of three numbers to two. */
function line(): Model {
  const stored = { w: [3, 2], b: [2] };
  return readModel(
    newModel({
      inputs: [{ name: "x", elementType: 1, shape: ["batch", 3] }],
      outputs: ["y"],
      nodes: [
        { name: "n", op: "Gemm", domain: "", inputs: ["x", "w", "b"], outputs: ["y"], attributes: new Map() },
      ],
      tensors: Object.entries(stored).map(([name, shape]) => ({
        name,
        elementType: 1,
        shape,
        bytes: () =>
          new Uint8Array(
            drawn(
              name,
              shape.reduce((a, b) => a * b),
            ).buffer,
          ),
      })),
    }),
  );
}

const [x, targets] = [drawn("x", 12), drawn("t", 8)];

/** Gradients of the mean squared error by hand. */
function byHand(w: Float32Array, b: Float32Array): { w: number[]; b: number[] } {
  const found = { w: new Array<number>(6).fill(0), b: [0, 0] };
  for (let n = 0; n < 4; n++)
    for (let o = 0; o < 2; o++) {
      let y = b[o] as number;
      for (let i = 0; i < 3; i++) y += (x[n * 3 + i] as number) * (w[i * 2 + o] as number);
      const slope = (2 * (y - (targets[n * 2 + o] as number))) / 8;
      found.b[o] = (found.b[o] as number) + slope;
      for (let i = 0; i < 3; i++)
        found.w[i * 2 + o] = (found.w[i * 2 + o] as number) + slope * (x[n * 3 + i] as number);
    }
  return found;
}

async function stepped(
  optimiser: Optimiser,
  steps: number,
  options: { clip?: number; added?: readonly string[] } = {},
) {
  const step = trainingStep(line(), { loss: meanSquares(), optimiser, ...options });
  const session = await createSession(step.bytes);
  let held: Record<string, Values> = Object.fromEntries(
    step.carried.map(({ input, shape, kind, parameter }) => {
      const size = shape.reduce((a, b) => a * b, 1);
      return [
        input,
        {
          type: "float32",
          dims: shape,
          data: kind === "weight" ? drawn(parameter, size) : new Float32Array(size),
        },
      ];
    }),
  );
  const losses: number[] = [];
  const norms: number[] = [];
  for (let count = 1; count <= steps; count++) {
    const number = (value: number): Values => ({ type: "float32", dims: [], data: Float32Array.of(value) });
    const outputs = await run(session, {
      x: { type: "float32", dims: [4, 3], data: x },
      targets: { type: "float32", dims: [4, 2], data: targets },
      [rateName]: number(0.1),
      [countName]: number(count),
      ...Object.fromEntries([...step.added].map(([name, input]) => [input, held[name] as Values])),
      ...held,
    });
    held = Object.fromEntries(step.carried.map(({ input, output }) => [input, outputs[output] as Values]));
    losses.push(Number(outputs[step.loss]?.data[0]));
    norms.push(Number(outputs[step.norm]?.data[0]));
  }
  await session.release();
  return { w: held.w?.data as Float32Array, b: held.b?.data as Float32Array, losses, norms, step };
}

type Update = (g: number, w: number, i: string, count: number, decays: boolean) => number;

function expected(steps: number, update: Update) {
  const [w, b] = [drawn("w", 6), drawn("b", 2)];
  for (let count = 1; count <= steps; count++) {
    const g = byHand(w, b);
    w.forEach((v, i) => {
      w[i] = update(g.w[i] as number, v, `w${i}`, count, true);
    });
    b.forEach((v, i) => {
      b[i] = update(g.b[i] as number, v, `b${i}`, count, false);
    });
  }
  return { w, b };
}

const close = (a: Float32Array, b: Float32Array): void => {
  a.forEach((v, i) => {
    expect(v).toBeCloseTo(b[i] as number, 5);
  });
};

for (const nesterov of [false, true])
  test(`momentum and weight decay are PyTorch's, nesterov ${nesterov}`, async () => {
    const speeds = new Map<string, number>();
    const found = await stepped(sgd({ weightDecay: 0.05, nesterov }), 4);
    const wanted = expected(4, (g, w, i, _, decays) => {
      const pulled = g + (decays ? 0.05 * w : 0);
      const speed = 0.9 * (speeds.get(i) ?? 0) + pulled;
      speeds.set(i, speed);
      return w - 0.1 * (nesterov ? pulled + 0.9 * speed : speed);
    });
    close(found.w, wanted.w);
    close(found.b, wanted.b);
    expect(found.losses.at(-1)).toBeLessThan(found.losses[0] as number);
  });

test("AdamW is the paper's", async () => {
  const moments = new Map<string, [number, number]>();
  const found = await stepped(adamW({ weightDecay: 0.1 }), 4);
  const wanted = expected(4, (g, w, i, t, decays) => {
    const [m, v] = moments.get(i) ?? [0, 0];
    const [mean, square] = [0.9 * m + 0.1 * g, 0.999 * v + 0.001 * g * g];
    moments.set(i, [mean, square]);
    const way = mean / (1 - 0.9 ** t) / (Math.sqrt(square / (1 - 0.999 ** t)) + 1e-8);
    return w * (1 - (decays ? 0.1 * 0.1 : 0)) - 0.1 * way;
  });
  close(found.w, wanted.w);
  close(found.b, wanted.b);
});

test("all gradients together are cut to a length", async () => {
  const found = await stepped(sgd({ momentum: 0 }), 1, { clip: 0.01 });
  const g = byHand(drawn("w", 6), drawn("b", 2));
  const length = Math.hypot(...g.w, ...g.b);
  expect(found.norms[0]).toBeCloseTo(length, 4);
  close(
    found.w,
    drawn("w", 6).map((w, i) => w - (0.1 * 0.01 * (g.w[i] as number)) / length),
  );
});

test("gradients of a penalty are added", async () => {
  const found = await stepped(sgd({ momentum: 0 }), 1, { added: ["w"] });
  expect([...found.step.added.keys()]).toEqual(["w"]);
  const g = byHand(drawn("w", 6), drawn("b", 2));
  close(
    found.w,
    drawn("w", 6).map((w, i) => w - 0.1 * ((g.w[i] as number) + w)),
  );
});
