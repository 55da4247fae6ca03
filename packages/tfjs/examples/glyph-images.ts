/** A 5 x 7 font of hexadecimal digits, a column a byte. */
const font =
  "3E5149453E 00427F4000 4261514946 2141454B31 1814127F10 2745454539 3C4A494930 0171090503 " +
  "3649494936 064949291E 7E1111117E 7F49494936 3E41414122 7F4141221C 7F49494941 7F09090901";

const columns = font
  .split(" ")
  .map((glyph) => glyph.match(/../g)?.map((byte) => Number.parseInt(byte, 16)) ?? []);

export const glyphClasses: number = columns.length;
export const glyphSize = 16;

export interface GlyphImages {
  /** Pixels from about 0 to 1, glyphSize x glyphSize each. */
  readonly pixels: Float32Array;
  readonly labels: Int32Array;
}

/** Hexadecimal digits turned, scaled and shifted at random, under noise. Same seed, same images. */
export function glyphImages(count: number, seed: number): GlyphImages {
  let state = seed;
  const random = (low: number, high: number): number => {
    state = (Math.imul(state, 1664525) + 1013904223) >>> 0;
    return low + (state / 2 ** 32) * (high - low);
  };
  const area = glyphSize * glyphSize;
  const pixels = new Float32Array(count * area);
  const labels = Int32Array.from({ length: count }, () => Math.floor(random(0, glyphClasses)));
  labels.forEach((label, n) => {
    const [angle, scale] = [random(-0.4, 0.4), random(1.2, 2.1)];
    const [dx, dy] = [random(-2, 2), random(-1.5, 1.5)];
    for (let i = 0; i < area; i++) {
      const x = (i % glyphSize) - 7.5 - dx;
      const y = Math.floor(i / glyphSize) - 7.5 - dy;
      const column = Math.round((x * Math.cos(angle) + y * Math.sin(angle)) / scale + 2);
      const row = Math.round((y * Math.cos(angle) - x * Math.sin(angle)) / scale + 3);
      const ink = row >= 0 && row < 7 ? ((columns[label]?.[column] ?? 0) >> row) & 1 : 0;
      pixels[n * area + i] = ink + (random(0, 1) + random(0, 1) + random(0, 1) - 1.5) * 0.45;
    }
  });
  return { pixels, labels };
}
