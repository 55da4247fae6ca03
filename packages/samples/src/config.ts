import { SamplesError } from "./errors.js";

/** What a configuration says of samples; all of it may be left out if the files say it themselves. */
export interface SampleConfig {
  /** One sample as it is stored: channels, height, width. Raw bytes need it; images are brought to that size. */
  readonly shape?: readonly number[];
  /** A value becomes (value x scale - mean) / std. @default 1 / 255 for bytes that feed floats, else 1 */
  readonly scale?: number;
  /** For all channels or one each. @default 0 */
  readonly mean?: number | readonly number[];
  /** @default 1 */
  readonly std?: number | readonly number[];
  /** How the model takes images, where the shape of its input leaves that open. @default from the shape */
  readonly layout?: "channels-first" | "channels-last";
  /** Order of the colours of decoded images. @default "rgb" */
  readonly colour?: "rgb" | "bgr";
  /** How images get the model's size: stretched, or scaled to cover it and cropped in the middle. @default "stretch" */
  readonly resize?: "stretch" | "crop";
  /** Entries of an archive or of JSON, by the model's inputs. */
  readonly inputs?: Readonly<Record<string, string>>;
  /** Names of the classes: of labels in order, and of folders of images. */
  readonly classes?: readonly string[];
  /** Of text: the model's `tokenizer.json`, or the folder that has it. @default the model's folder */
  readonly tokenizer?: string;
  /** Of text: tokens of a sample. @default what the model takes, else 512, or all if there are fewer */
  readonly sequence?: number;
  /** Of text: tokens from one sample to the next. @default `sequence` */
  readonly stride?: number;
  /** Of .jsonl: the field of a line that holds its text. @default "text" */
  readonly field?: string;
}

/** Checks parsed JSON; what else it holds (notes) is left alone. */
export function sampleConfig(json: unknown): SampleConfig {
  if (typeof json !== "object" || json === null || Array.isArray(json))
    throw bad("it", "it must be an object");
  const { shape, scale, mean, std, layout, colour, resize, inputs, classes, ...text } = json as Record<
    string,
    unknown
  >;
  if (shape !== undefined && !(isNumbers(shape) && shape.every((dim) => Number.isInteger(dim) && dim > 0)))
    throw bad("shape", "it must be positive integers, [C, H, W]");
  if (scale !== undefined && !(typeof scale === "number" && Number.isFinite(scale) && scale !== 0))
    throw bad("scale", "it must be a number other than 0");
  const channels = (shape as readonly number[] | undefined)?.[0];
  checkChannels("mean", mean, channels);
  checkChannels("std", std, channels);
  oneOf("layout", layout, ["channels-first", "channels-last"]);
  oneOf("colour", colour, ["rgb", "bgr"]);
  oneOf("resize", resize, ["stretch", "crop"]);
  if (
    inputs !== undefined &&
    !(typeof inputs === "object" && inputs !== null && Object.values(inputs).every(isText))
  )
    throw bad("inputs", "it must name an entry for each input of the model");
  if (classes !== undefined && !(Array.isArray(classes) && classes.every(isText)))
    throw bad("classes", "it must be names");
  const { tokenizer, sequence, stride, field } = text;
  for (const [name, value] of Object.entries({ tokenizer, field }))
    if (value !== undefined && !(isText(value) && value !== "")) throw bad(name, "it must be text");
  for (const [name, value] of Object.entries({ sequence, stride }))
    if (value !== undefined && !(Number.isInteger(value) && (value as number) > 0))
      throw bad(name, "it must be a positive whole number of tokens");
  const known = {
    ...{ shape, scale, mean, std, layout, colour, resize, inputs, classes },
    ...{ tokenizer, sequence, stride, field },
  };
  return Object.fromEntries(Object.entries(known).filter(([, value]) => value !== undefined));
}

const bad = (field: string, reason: string): SamplesError =>
  new SamplesError("config-invalid", { field, reason });

const isText = (value: unknown): value is string => typeof value === "string";

const isNumbers = (value: unknown): value is readonly number[] =>
  Array.isArray(value) && value.length > 0 && value.every((item) => Number.isFinite(item));

function checkChannels(field: "mean" | "std", value: unknown, channels: number | undefined): void {
  if (value === undefined) return;
  const numbers = typeof value === "number" ? [value] : value;
  const count = channels ?? (Array.isArray(value) ? value.length : 1);
  if (!isNumbers(numbers) || (Array.isArray(value) && numbers.length !== count))
    throw bad(field, `it must be a number, or ${channels ?? "several"}, one per channel`);
  if (field === "std" && numbers.includes(0)) throw bad(field, "it is 0");
}

function oneOf(field: string, value: unknown, choices: readonly string[]): void {
  if (value !== undefined && !choices.includes(value as string))
    throw bad(field, `it must be ${choices.join(" or ")}`);
}
