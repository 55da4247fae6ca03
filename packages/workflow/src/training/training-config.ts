import { badOption } from "../errors.js";
import type { TrainingConfig } from "../options/config.js";

/** Changes to images that a training may draw; see `@prune/training`. */
export const augmentations = ["flip", "crop", "cutout"] as const;

/** The same with everything decided. */
export interface TrainingHow extends Required<Omit<TrainingConfig, "time" | Limits>> {
  readonly milliseconds: number | undefined;
  readonly epochs: number | undefined;
  readonly steps: number | undefined;
  readonly clip: number | undefined;
  readonly patience: number | undefined;
}

type Limits = "epochs" | "steps" | "clip" | "patience";

/** What each number may be: `least` and `most` included, or `above` excluded. */
const bounds = {
  epochs: { above: 0, most: 1e6 },
  steps: { least: 1, most: 1e8, whole: true },
  rate: { above: 0, most: 1e3 },
  batch: { least: 1, most: 65536, whole: true },
  warmUp: { least: 0, most: 1 },
  weightDecay: { least: 0, most: 1e3 },
  clip: { above: 0, most: 1e9 },
  labelSmoothing: { least: 0, most: 0.99 },
  temperature: { above: 0, most: 1e3 },
  hardShare: { least: 0, most: 1 },
  heldOut: { least: 0, most: 0.9 },
  patience: { least: 1, most: 1e6, whole: true },
} as const satisfies Partial<Record<keyof TrainingConfig, Bound>>;

interface Bound {
  readonly least?: number;
  readonly above?: number;
  readonly most: number;
  readonly whole?: boolean;
}

const names = {
  optimiser: ["adamw", "sgd"],
  schedule: ["cosine", "steps", "constant"],
} as const;

const known: readonly string[] = ["time", "augment", ...Object.keys(bounds), ...Object.keys(names)];

type Refuse = (setting: string, why: string) => never;

/** A day has this many milliseconds; a training may take thirty. */
const day = 86_400_000;

/**
 * Decides what a training is asked to do. Refuses unknown names and numbers out of bounds, and a training that nothing
 * ends.
 * @param given a duration ("10m"), settings with commas between ("time=10m,augment=flip+crop"), or an object
 * @param option the option that holds the settings, for errors; without it each setting is an option by itself
 */
export function trainingOf(given: string | TrainingConfig, option?: string): TrainingHow {
  const refuse: Refuse = (setting, why) => {
    throw option === undefined ? badOption(setting, why) : badOption(option, `${setting} ${why}`);
  };
  const config = typeof given === "string" ? parsed(given, refuse) : given;
  for (const [name, value] of Object.entries(config)) {
    if (!known.includes(name)) refuse(name, `is no setting of a training; there are ${known.join(", ")}`);
    if (value === undefined || name === "time" || name === "augment") continue;
    const choices = (names as Readonly<Record<string, readonly string[]>>)[name];
    const why = choices ? faultOfChoice(value, choices) : faultOf(value, bounds[name as keyof typeof bounds]);
    if (why !== undefined) refuse(name, `must be ${why}, not ${shown(value)}`);
  }
  const { time, augment = [], epochs, steps, clip, patience, ...rest } = config as TrainingConfig;
  for (const name of augment as readonly unknown[])
    if (!augmentations.includes(name as "flip"))
      refuse("augment", `knows ${augmentations.join(", ")}, and not ${shown(name)}`);
  const milliseconds = time === undefined ? undefined : durationOf(time, refuse);
  if (milliseconds === undefined && epochs === undefined && steps === undefined)
    refuse("time", 'is missing: when should it stop? Give a time such as "10m", or epochs or steps');
  const optimiser = rest.optimiser ?? "adamw";
  return {
    milliseconds,
    epochs,
    steps,
    clip,
    patience,
    augment,
    optimiser,
    rate: rest.rate ?? 3e-4,
    batch: rest.batch ?? 128,
    schedule: rest.schedule ?? "cosine",
    warmUp: rest.warmUp ?? 0.05,
    weightDecay: rest.weightDecay ?? (optimiser === "sgd" ? 5e-4 : 0.01),
    labelSmoothing: rest.labelSmoothing ?? 0,
    temperature: rest.temperature ?? 4,
    hardShare: rest.hardShare ?? 0.3,
    heldOut: rest.heldOut ?? 0.1,
  };
}

/** "10m" is a time; "epochs=5,rate=0.001,augment=flip+crop" are settings. */
function parsed(text: string, refuse: Refuse): TrainingConfig {
  if (!text.includes("=")) return { time: text };
  const settings = new Map<string, unknown>();
  for (const part of text.split(",")) {
    const [, name, value] = /^\s*(\w+)\s*=\s*(.+?)\s*$/.exec(part) ?? [];
    if (name === undefined || value === undefined)
      return refuse(shown(part), "is no setting; write time=10m,augment=flip+crop");
    if (settings.has(name)) refuse(name, "is given twice");
    const isText = name === "time" || Object.hasOwn(names, name);
    settings.set(name, name === "augment" ? value.split("+") : isText ? value : Number(value));
  }
  return Object.fromEntries(settings);
}

function durationOf(time: string | number, refuse: Refuse): number {
  const [, digits, unit = "s"] = /^\s*([\d.]+)\s*(ms|s|m|h)?\s*$/.exec(String(time)) ?? [];
  const factor = { ms: 1, s: 1000, m: 60_000, h: 3_600_000 }[unit as "s"];
  const value = typeof time === "number" ? time : Number(digits) * factor;
  if (!(value > 0 && value <= 30 * day))
    refuse("time", `must be a duration such as 90s, 10m or 2h, of 30 days at most, not ${shown(time)}`);
  return value;
}

const faultOfChoice = (value: unknown, choices: readonly string[]): string | undefined =>
  choices.includes(value as string) ? undefined : choices.join(" or ");

function faultOf(value: unknown, bound: Bound): string | undefined {
  const { least = -Infinity, above = -Infinity, most, whole } = bound;
  const fits =
    typeof value === "number" &&
    value >= least &&
    value > above &&
    value <= most &&
    (!whole || Number.isInteger(value));
  if (fits) return undefined;
  const from = bound.least === undefined ? `above ${above}` : `from ${least}`;
  return `a ${whole ? "whole " : ""}number ${from} to ${most}`;
}

const shown = (value: unknown): string => JSON.stringify(value) ?? String(value);
