import { most } from "@prune/workflow/advanced";
import { InvalidArgumentError } from "commander";

/** Parsers of option values; what they refuse is wrong usage. */

/** "0.5" or "50%". */
export function shareIn(text: string): number {
  const [, digits, percent] = /^\s*(\S+?)\s*(%?)\s*$/.exec(text) ?? [];
  const value = digits === undefined ? Number.NaN : Number(digits);
  return percent ? value / 100 : value;
}

export function positive(text: string): number {
  const value = Number(text);
  if (text.trim() === "" || !(value > 0) || !Number.isFinite(value))
    throw new InvalidArgumentError("It must be a number above 0.");
  return value;
}

/** A number from 0. */
export function notNegative(text: string): number {
  const value = Number(text);
  if (text.trim() === "" || !(value >= 0) || !Number.isFinite(value))
    throw new InvalidArgumentError("It must be a number from 0.");
  return value;
}

/** A number above 0, up to a bound. */
export const positiveTo =
  (bound: number) =>
  (text: string): number => {
    const value = Number(text);
    if (text.trim() === "" || !(value > 0 && value <= bound))
      throw new InvalidArgumentError(`It must be a number above 0, up to ${bound}.`);
    return value;
  };

export function ratio(text: string): number {
  const value = shareIn(text);
  if (!(value >= 0 && value < 1))
    throw new InvalidArgumentError("It must be a number from 0 up to but not including 1, or a percentage.");
  return value;
}

export function share(text: string): number {
  const value = shareIn(text);
  if (!(value >= 0 && value <= 1))
    throw new InvalidArgumentError("It must be a number from 0 to 1, or a percentage.");
  return value;
}

/** "4", "25%" or "auto". */
export function depth(text: string): number | "auto" {
  if (text.trim() === "auto") return "auto";
  const value = shareIn(text);
  if (!(value > 0) || (value >= 1 && !Number.isInteger(value)))
    throw new InvalidArgumentError("It must be a whole number, a share such as 25%, or auto.");
  return value;
}

/** "add_3,add_7" */
export const names = (text: string): string[] => text.split(",").map((name) => name.trim());

export function whole(text: string): number {
  const value = Number(text);
  if (text.trim() === "" || !Number.isSafeInteger(value))
    throw new InvalidArgumentError("It must be a whole number.");
  return value;
}

/** A whole number from 1, up to a bound. */
export const countTo =
  (bound: number) =>
  (text: string): number => {
    const value = Number(text);
    if (text.trim() === "" || !Number.isSafeInteger(value) || value < 1 || value > bound)
      throw new InvalidArgumentError(`It must be a whole number from 1 to ${bound}.`);
    return value;
  };

/** "2,6,9" or "0-15,20". */
export function indices(text: string): number[] {
  const list = text.split(",").flatMap((part) => {
    const [, from, to] = /^\s*(\d+)(?:-(\d+))?\s*$/.exec(part) ?? [];
    if (from === undefined) throw new InvalidArgumentError("It must be indices such as 2,6,9 or 0-15.");
    const last = Number(to ?? from);
    const length = Math.max(0, last - Number(from) + 1);
    if (length > most.indices || !Number.isSafeInteger(last))
      throw new InvalidArgumentError(`It must be indices, of which ${most.indices} are the most.`);
    return Array.from({ length }, (_, i) => Number(from) + i);
  });
  return [...new Set(list)].sort((a, b) => a - b);
}

/** "conv1.weight:0" */
export function axis(text: string): { tensor: string; dim: number } {
  const [, tensor, dim] = /^(.+):(\d+)$/.exec(text) ?? [];
  if (tensor === undefined) throw new InvalidArgumentError("It must be TENSOR:DIM, such as conv1.weight:0.");
  return { tensor, dim: Number(dim) };
}

/** "height=640", into a record of what was given before. */
export function size(text: string, previous: Readonly<Record<string, number>> = {}): Record<string, number> {
  const [, name, digits] = /^\s*(.+?)\s*=\s*(\d+)\s*$/.exec(text) ?? [];
  const value = Number(digits);
  if (name === undefined || !Number.isSafeInteger(value))
    throw new InvalidArgumentError("It must be NAME=N, such as height=640.");
  return { ...previous, [name]: value };
}

/** Options that may be given several times. */
export const collect = (value: string, previous: readonly string[]): string[] => [...previous, value];
