/** The learning rate as a share of its highest, by the share of the training that is done, 0 to 1. */
export type RateSchedule = (done: number) => number;

/** The highest learning rate throughout. */
export const constant = (): RateSchedule => () => 1;

/** Half a cosine from 1 down to `floor` (Loshchilov and Hutter 2017). */
export const cosine =
  ({ floor = 0 }: { readonly floor?: number } = {}): RateSchedule =>
  (done) =>
    floor + ((1 - floor) * (1 + Math.cos(Math.PI * Math.min(done, 1)))) / 2;

/** Times `factor` at each of some shares of the training. */
export const steps =
  ({
    at = [0.5, 0.75],
    factor = 0.1,
  }: {
    readonly at?: readonly number[];
    readonly factor?: number;
  } = {}): RateSchedule =>
  (done) =>
    factor ** at.filter((share) => done >= share).length;

/** A straight rise over the first share of the training, before another schedule. */
export const warmUp =
  (share: number, after: RateSchedule): RateSchedule =>
  (done) =>
    done < share ? ((done + 1e-3) / (share + 1e-3)) * after(0) : after((done - share) / (1 - share));
