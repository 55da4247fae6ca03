import type { TrainingReport } from "@prune/workflow/advanced";
import { percent } from "../terminal/numbers.js";
import { table } from "../terminal/table.js";

/** The curve in at most twelve rows, how the training ended, and what could not be trained. */
export function trainingText({ curve, best, ended, steps, milliseconds, stops }: TrainingReport): string {
  const every = Math.ceil(curve.length / 12);
  const shown = curve.filter(
    ({ step }, i) => i % every === 0 || i === curve.length - 1 || step === best.step,
  );
  const rows = shown.map(({ step, trainLoss, loss, accuracy }) => [
    String(step),
    trainLoss === undefined ? "" : trainLoss.toFixed(4),
    loss.toFixed(4),
    accuracy === undefined ? "" : percent(accuracy),
    step === best.step ? "best" : "",
  ]);
  const how =
    ended.why === "not-finite"
      ? `stopped at step ${ended.step}: ${ended.tensor} is no finite number. A lower --rate may help`
      : endings[ended.why];
  return [
    table(["step", "loss", "held out", "accuracy", ""], rows),
    "",
    `${steps} steps in ${Math.round(milliseconds / 1000)} s, ${how}`,
    ...stops.map(
      ({ op, parameters }) =>
        `Not trained: ${parameters.length} parameters behind ${op}, which has no gradient rule`,
    ),
  ].join("\n");
}

const endings = {
  done: "all there were to do",
  time: "until the time was up",
  patience: "until nothing got better",
  aborted: "until it was told to stop",
};
