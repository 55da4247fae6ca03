import { type Cost, macsOf } from "@prune/graph";
import { PrunerError } from "../errors.js";
import { type Resource, resources } from "./resource.js";

/** How much may be left: a share of the original (`0.6`, `"60 %"`), or a quantity (`2e9`, `"2 GMACs"`, `"8 MB"`, `"15 ms"`). */
export type Amount = number | string;

/** One resource and how much of it may be left. */
export type Target = {
  readonly [R in Resource]: { readonly [K in R]: Amount } & { readonly [K in Exclude<Resource, R>]?: never };
}[Resource];

/** What of a cost is a resource. */
export type Costs = Pick<Cost, "macs" | "parameters" | "bytes">;

/** How much of a resource a model takes. @throws PruneError `unknown-macs` where MACs can't be told. */
export const amountIn = (cost: Cost, resource: keyof Costs): number =>
  resource === "macs" ? macsOf(cost) : cost[resource];

const prefixes: Readonly<Record<string, number>> = { "": 1, k: 1e3, m: 1e6, g: 1e9, t: 1e12 };
const binary: Readonly<Record<string, number>> = { k: 2 ** 10, m: 2 ** 20, g: 2 ** 30, t: 2 ** 40 };

const units: Readonly<Record<Resource, RegExp>> = {
  macs: /^(?<prefix>[kmgt]?)(?:macs?)?$/,
  parameters: /^(?<prefix>[kmgt]?)(?:b|params?|parameters?)?$/,
  bytes: /^(?<prefix>[kmgt]?)(?<binary>i?)(?:b|bytes?)?$/,
  gzip: /^(?<prefix>[kmgt]?)(?<binary>i?)(?:b|bytes?)?$/,
  latency: /^(?<time>ms|s|us)?$/,
};

const examples: Readonly<Record<Resource, string>> = {
  macs: '0.6, "60 %" or "2 GMACs"',
  parameters: '0.6, "60 %" or "5 M"',
  bytes: '0.6, "60 %" or "8 MB"',
  gzip: '0.6, "60 %" or "8 MB"',
  latency: '0.6, "60 %" or "15 ms"',
};

const times: Readonly<Record<string, number>> = { ms: 1, s: 1e3, us: 1e-3 };

/** The one resource of a target, and its amount. */
export function resourceOf(target: Target): { readonly resource: Resource; readonly amount: Amount } {
  const given = Object.entries(target).filter(([, value]) => value !== undefined);
  const [first, second] = given.map(([key]) => key);
  if (second !== undefined)
    throw new PrunerError("contradiction", {
      options: [`target.${first}`, `target.${second}`],
      why: "a budget is on one of them",
    });
  const resource = resources.find((name) => name === first);
  if (!resource)
    throw new PrunerError("bad-option", {
      option: "target",
      value: JSON.stringify(target),
      want: `one of ${resources.join(", ")} with an amount`,
    });
  return { resource, amount: given[0]?.[1] as Amount };
}

/** An amount in the units of its resource, given what the original has: up to 1 is a share of it. */
export function amountOf(resource: Resource, amount: Amount, original: number): number {
  const value =
    typeof amount === "number" ? sharesOrUnits(amount, original) : parsed(resource, amount, original);
  if (value === undefined || !(value > 0) || !Number.isFinite(value))
    throw new PrunerError("bad-option", {
      option: `target.${resource}`,
      value: amount,
      want: `what may be left, such as ${examples[resource]}`,
    });
  return value;
}

const sharesOrUnits = (value: number, original: number): number => (value <= 1 ? value * original : value);

function parsed(resource: Resource, text: string, original: number): number | undefined {
  const [, digits, rest = ""] = /^\s*(\d+(?:\.\d*)?(?:e[+-]?\d+)?|\.\d+)\s*(.*?)\s*$/i.exec(text) ?? [];
  if (digits === undefined) return undefined;
  const value = Number(digits);
  if (rest === "%") return value <= 100 ? (value / 100) * original : undefined;
  if (rest === "") return sharesOrUnits(value, original);
  const found = units[resource].exec(rest.toLowerCase())?.groups;
  if (!found) return undefined;
  if (found.time !== undefined) return value * (times[found.time] as number);
  const { prefix = "" } = found;
  const factor = found.binary ? binary[prefix] : prefixes[prefix];
  return factor === undefined ? undefined : value * factor;
}
