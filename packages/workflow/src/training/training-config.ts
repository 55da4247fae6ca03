import { badOption } from "../errors.js";
import type { TrainingConfig } from "../options/config.js";
import { isOf, kindOf } from "../options/config-fault.js";
import { augmentations, training } from "../options/table.js";

/** The same with everything decided. */
export interface TrainingHow extends Required<Omit<TrainingConfig, "time" | Limits>> {
  readonly milliseconds: number | undefined;
  readonly epochs: number | undefined;
  readonly steps: number | undefined;
  readonly clip: number | undefined;
  readonly patience: number | undefined;
}

type Limits = "epochs" | "steps" | "clip" | "patience";

const fields = new Map(Object.entries(training.properties ?? {}));

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
    const field = fields.get(name);
    if (!field)
      return refuse(name, `is no setting of a training; there are ${[...fields.keys()].join(", ")}`);
    if (value === undefined || name === "time" || name === "augment") continue;
    if (!isOf(value, field)) refuse(name, `must be ${kindOf(field)}, not ${shown(value)}`);
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

/** How long something is learned: the first of these that is reached. */
export interface LearningTime {
  readonly steps?: number;
  readonly milliseconds?: number;
}

/** Decides for how long gates are learned: a number of steps, or a duration ("5m"). */
export function learningTimeOf(given: number | string): LearningTime {
  const refuse: Refuse = (_, why) => {
    throw badOption("learnGates", why);
  };
  const steps = typeof given === "number" ? given : /^\s*\d+\s*$/.test(given) ? Number(given) : undefined;
  if (steps === undefined) return { milliseconds: durationOf(given, refuse) };
  const { steps: field } = training.properties ?? {};
  if (field && !isOf(steps, field))
    refuse("", `must be ${kindOf(field)}, or a duration, not ${shown(given)}`);
  return { steps };
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
    settings.set(name, name === "augment" ? value.split("+") : isNumber(name) ? Number(value) : value);
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

const isNumber = (setting: string): boolean => /number|integer/.test(fields.get(setting)?.type ?? "");

const shown = (value: unknown): string => JSON.stringify(value) ?? String(value);
