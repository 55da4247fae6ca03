import { badPlan } from "../errors.js";
import type { NumberRange, Space } from "./plan.js";
import { checkNames } from "./with-option.js";

/** The most dimensions of a space, and values of one. */
const most = { dimensions: 64, values: 10_000 };

/** Checks what is searched. */
export function checkSpace(space: unknown, at: string): asserts space is Space {
  if (typeof space !== "object" || space === null || Array.isArray(space) || Object.keys(space).length === 0)
    throw badPlan(
      at,
      'it must hold options: { "ratio": { "from": 0.1, "to": 0.7 }, "importance": ["l1", "l2"] }',
    );
  const entries = Object.entries(space);
  if (entries.length > most.dimensions)
    throw badPlan(at, `it has ${entries.length} options, and at most ${most.dimensions} are allowed`);
  checkNames(Object.keys(space), at);
  for (const [name, dimension] of entries) {
    const place = `${at}.${name}`;
    if (!Array.isArray(dimension)) checkRange(dimension, place);
    else if (dimension.length === 0 || dimension.length > most.values)
      throw badPlan(place, `it must be 1 to ${most.values} values`);
  }
}

function checkRange(range: unknown, at: string): asserts range is NumberRange {
  if (typeof range !== "object" || range === null)
    throw badPlan(at, 'it must be a list of values, or a range: { "from": 0.1, "to": 0.7 }');
  const { from, to, step, log, ...others } = range as Partial<NumberRange>;
  const [other] = Object.keys(others);
  if (other !== undefined)
    throw badPlan(at, `there is no "${other}" in a range; there are from, to, step, log`);
  if (!Number.isFinite(from) || !Number.isFinite(to) || (from as number) >= (to as number))
    throw badPlan(at, '"from" and "to" must be numbers, and "to" the larger one');
  if (step !== undefined && !(Number.isFinite(step) && step > 0 && step <= (to as number) - (from as number)))
    throw badPlan(`${at}.step`, "it must be a number above 0 that fits between both ends");
  if (log !== undefined && typeof log !== "boolean") throw badPlan(`${at}.log`, "it must be a boolean");
  if (log && (from as number) <= 0) throw badPlan(at, "a range by magnitude lies above 0");
}
