import type { Random } from "@prune/samples";

/** Images of one batch, N x channels x height x width, changed in place. */
export interface Images {
  readonly data: Float32Array;
  readonly count: number;
  readonly channels: number;
  readonly height: number;
  readonly width: number;
}

/** Changes each image of a batch by chance. */
export interface Augmentation {
  (images: Images, random: Random): void;
  /** Whether images are of more than one class afterwards, so that labels no longer hold. @default false */
  readonly blends?: boolean;
}

/** Mirrors every other image from left to right. */
export const flip =
  ({ share = 0.5 }: { readonly share?: number } = {}): Augmentation =>
  ({ data, count, channels, height, width }, { uniform }) => {
    for (let n = 0; n < count; n++) {
      if (uniform() >= share) continue;
      for (let row = n * channels * height; row < (n + 1) * channels * height; row++)
        data.subarray(row * width, (row + 1) * width).reverse();
    }
  };

/** Moves each image by up to so many pixels, with zeros where nothing is left. */
export const crop =
  ({ pixels = 4 }: { readonly pixels?: number } = {}): Augmentation =>
  ({ data, count, channels, height, width }, { integer }) => {
    const plane = new Float32Array(height * width);
    for (let n = 0; n < count; n++) {
      const [down, right] = [integer(2 * pixels + 1) - pixels, integer(2 * pixels + 1) - pixels];
      for (let c = n * channels; c < (n + 1) * channels; c++) {
        const own = data.subarray(c * height * width, (c + 1) * height * width);
        plane.fill(0);
        for (let y = Math.max(0, -down); y < Math.min(height, height - down); y++) {
          const [first, last] = [Math.max(0, -right), Math.min(width, width - right)];
          plane.set(
            own.subarray((y + down) * width + first + right, (y + down) * width + last + right),
            y * width + first,
          );
        }
        own.set(plane);
      }
    }
  };

/** Zeros in one square of each image (DeVries and Taylor 2017). */
export const cutout =
  ({ size = 8 }: { readonly size?: number } = {}): Augmentation =>
  ({ data, count, channels, height, width }, { integer }) => {
    for (let n = 0; n < count; n++) {
      const [y0, x0] = [integer(height) - (size >> 1), integer(width) - (size >> 1)];
      for (let c = n * channels; c < (n + 1) * channels; c++)
        for (let y = Math.max(0, y0); y < Math.min(height, y0 + size); y++)
          data.fill(
            0,
            (c * height + y) * width + Math.max(0, x0),
            (c * height + y) * width + Math.min(width, Math.max(0, x0 + size)),
          );
    }
  };

/**
 * Blends each image with another of the batch, by up to `share` of it (Zhang et al. 2018). Only a teacher knows what such an
 * image is: with it, and long enough, a small network learns the function, not only the samples (Beyer et al. 2022).
 */
export const mixup = ({ share = 1 }: { readonly share?: number } = {}): Augmentation =>
  Object.assign(
    ({ data, count }: Images, { uniform, integer }: Random): void => {
      const size = data.length / count;
      const from = data.slice();
      for (let n = 0; n < count; n++) {
        const [own, other, part] = [n * size, integer(count) * size, share * uniform()];
        for (let i = 0; i < size; i++)
          data[own + i] = (1 - part) * (from[own + i] as number) + part * (from[other + i] as number);
      }
    },
    { blends: true },
  );
