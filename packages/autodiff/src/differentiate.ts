import { implicitInputs, type Node } from "@prune/onnx/advanced";
import { isFloat } from "./graph/element-type.js";
import { type GradientKit, Unemitted } from "./graph/kit.js";
import { gradientRecords, noRule } from "./records.js";
import { type GradientNode, type GradientRules, keyOf, openNode } from "./rules/step.js";

/** A place where the gradient goes no further. */
export interface Stop {
  readonly op: string;
  readonly node: string;
  readonly why: string;
  /** Parameters that lie behind it, whose gradients are therefore not known. */
  readonly parameters: readonly string[];
}

/** A node whose output does not move with its input; the gradient through it is zero. */
export interface ConstantNode {
  readonly op: string;
  readonly node: string;
}

export interface Derivatives {
  /** Tensors that hold the gradients, by parameter. */
  readonly gradients: ReadonlyMap<string, string>;
  readonly stops: readonly Stop[];
  readonly constants: readonly ConstantNode[];
  /** Parameters that the loss does not depend on. */
  readonly unreached: readonly string[];
  /** Outputs that nodes of the model have to give as well, by node. */
  readonly optional: ReadonlyMap<number, readonly string[]>;
}

/** What a node reads, also inside of its bodies. */
const read = (node: Node): readonly string[] => [...node.inputs, ...implicitInputs(node)];

/** Goes through the nodes backwards from a loss, with the rule of each, and emits the gradients of the parameters. */
export function differentiate(
  kit: GradientKit,
  loss: string,
  parameters: readonly string[],
  rules: GradientRules,
): Derivatives {
  const { nodes } = kit.facts;
  const active = activeTensors(kit, parameters);
  const parts = new Map<string, string[]>([[loss, [ones(kit, loss)]]]);
  const tainted = new Map<string, Set<Stop>>();
  const stops: (Stop & { readonly parameters: string[] })[] = [];
  const constants: ConstantNode[] = [];
  const optional = new Map<number, string[]>();
  const sums = new Map<string, string>();

  for (let at = nodes.length - 1; at >= 0; at--) {
    const node = nodes[at] as Node;
    const given = node.outputs.filter((name) => name !== "" && (parts.has(name) || tainted.has(name)));
    const wanted = new Set(read(node).filter((name) => active.has(name)));
    if (given.length === 0 || wanted.size === 0) continue;
    const key = keyOf(node);
    const known = gradientRecords.get(key);
    if (known && "constant" in known) {
      if (known.constant === "values")
        constants.push({ op: node.op, node: node.name || `${node.op} #${node.index}` });
      continue;
    }
    const behind = new Set(given.flatMap((name) => [...(tainted.get(name) ?? [])]));
    if (behind.size === 0) {
      try {
        apply(node, key, wanted);
        continue;
      } catch (error) {
        if (!(error instanceof Unemitted)) throw error;
        const stop = {
          op: node.op,
          node: node.name || `${node.op} #${node.index}`,
          why: error.message,
          parameters: [],
        };
        stops.push(stop);
        behind.add(stop);
      }
    }
    for (const name of wanted) tainted.set(name, new Set([...(tainted.get(name) ?? []), ...behind]));
  }

  function apply(node: Node, key: string, wanted: ReadonlySet<string>): void {
    const rule = Object.hasOwn(rules, key) ? rules[key] : undefined;
    if (!rule) {
      const known = gradientRecords.get(key);
      throw new Unemitted(known && "without" in known ? known.without : noRule);
    }
    const step = stepOf(node, wanted);
    const made = rule(step, kit);
    const found = node.inputs.map((name, i) => {
      const own = made[i];
      return name !== "" && wanted.has(name) ? (typeof own === "function" ? own() : own) : undefined;
    });
    found.forEach((gradient, i) => {
      const name = node.inputs[i] as string;
      if (gradient !== undefined) parts.set(name, [...(parts.get(name) ?? []), gradient]);
    });
  }

  function gradientOf(name: string): string | undefined {
    const all = parts.get(name);
    if (!all) return undefined;
    const known = sums.get(name);
    if (known !== undefined) return known;
    const sum = all.reduce((a, b) => kit.add(a, b));
    sums.set(name, sum);
    kit.alike(sum, name);
    return sum;
  }

  function stepOf(node: Node, wanted: ReadonlySet<string>): GradientNode {
    const gradient = (output: number): string => {
      const name = node.outputs[output] as string;
      return gradientOf(name) ?? kit.zeros(kit.sizes(name), name);
    };
    const opened = openNode(node, kit);
    let first: string | undefined;
    return {
      ...Object.defineProperties(
        {} as Omit<GradientNode, "gradient" | "wants" | "optional" | "dy">,
        Object.getOwnPropertyDescriptors(opened),
      ),
      get dy() {
        first ??= gradient(0);
        return first;
      },
      gradient,
      wants: (input) => wanted.has(node.inputs[input] ?? ""),
      optional(output) {
        const own = optional.get(node.index) ?? [...node.outputs];
        while (own.length <= output) own.push("");
        own[output] ||= `${node.outputs[0]}/${output}`;
        optional.set(node.index, own);
        return own[output] as string;
      },
    };
  }

  const gradients = new Map<string, string>();
  const unreached: string[] = [];
  for (const parameter of parameters) {
    const behind = tainted.get(parameter);
    for (const stop of behind ?? []) (stop.parameters as string[]).push(parameter);
    if (behind) continue;
    const gradient = gradientOf(parameter);
    if (gradient === undefined) unreached.push(parameter);
    else gradients.set(parameter, gradient);
  }
  return {
    gradients,
    stops: stops.filter((stop) => stop.parameters.length > 0),
    constants,
    unreached,
    optional,
  };
}

/** Float tensors that move with the parameters. */
function activeTensors(kit: GradientKit, parameters: readonly string[]): ReadonlySet<string> {
  const active = new Set(parameters);
  for (const node of kit.facts.nodes) {
    if (!read(node).some((name) => active.has(name))) continue;
    for (const name of node.outputs)
      if (name !== "" && (isFloat(kit.type(name)) || kit.facts.type(name) === undefined)) active.add(name);
  }
  return active;
}

function ones(kit: GradientKit, loss: string): string {
  const made = kit.expand(kit.number(1, loss), kit.sizes(loss));
  kit.alike(made, loss);
  return made;
}
