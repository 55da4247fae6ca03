import type { Random } from "@prune/samples";

/** How noise looks. */
export interface Look {
  /** Weight of an octave over the one half as wide: above 1, wide structures are stronger than fine ones. */
  readonly roughness: number;
  /** Share of the variance that all channels have in common. */
  readonly common: number;
}

/** Noise of mean 0 and variance about 1 for one sample: channels over a plane of up to two dims, smooth as pictures are. */
export function noise(
  channels: number,
  plane: readonly number[],
  { roughness, common }: Look,
  random: Random,
): Float32Array {
  const [height, width] = plane.length === 0 ? [1, 1] : plane.length === 1 ? [1, plane[0]!] : lastTwo(plane);
  const area = height * width;
  const shared = octaves(height, width, roughness, random);
  const out = new Float32Array(channels * area);
  for (let c = 0; c < channels; c++) {
    const own = octaves(height, width, roughness, random);
    for (let i = 0; i < area; i++)
      out[c * area + i] =
        Math.sqrt(common) * (shared[i] as number) + Math.sqrt(1 - common) * (own[i] as number);
  }
  return out;
}

function lastTwo(plane: readonly number[]): [number, number] {
  const width = plane.at(-1) as number;
  return [plane.reduce((a, b) => a * b, 1) / width, width];
}

/** Noise on grids of cells 1, 2, 4, ... wide, interpolated and added up. */
function octaves(height: number, width: number, roughness: number, random: Random): Float32Array {
  const out = new Float32Array(height * width);
  let weight = 1;
  let power = 0;
  for (let cell = 1; cell === 1 || cell <= Math.max(height, width); cell *= 2, weight *= roughness) {
    const [rows, columns] = [Math.ceil(height / cell) + 1, Math.ceil(width / cell) + 1];
    const grid = Float32Array.from({ length: rows * columns }, () => random.normal());
    const [dy, dx] = [random.uniform(), random.uniform()];
    power += weight * weight * (cell === 1 ? 1 : 4 / 9);
    for (let y = 0; y < height; y++)
      for (let x = 0; x < width; x++) {
        const [v, u] = cell === 1 ? [y, x] : [y / cell + dy * (1 / cell), x / cell + dx * (1 / cell)];
        const [r, c] = [Math.min(rows - 2, Math.floor(v)), Math.min(columns - 2, Math.floor(u))];
        const [a, b] = [Math.min(1, v - r), Math.min(1, u - c)];
        const at = (i: number, j: number): number => grid[(r + i) * columns + c + j] as number;
        const value = (1 - a) * ((1 - b) * at(0, 0) + b * at(0, 1)) + a * ((1 - b) * at(1, 0) + b * at(1, 1));
        out[y * width + x]! += weight * value;
      }
  }
  const scale = 1 / Math.sqrt(power);
  return out.map((v) => v * scale);
}
