import type { Family, Trace } from "@prune/graph";
import { membersOf } from "@prune/graph/advanced";

/**
 * Names of the nodes, tensors and modules of the network's source that produce or carry a family's positions, not of
 * those that sum over them.
 */
export function namesOf(trace: Trace, family: Family): string[] {
  const carriers = membersOf(trace, family).filter(({ selector }) => selector.role !== "in");
  const modules = modulesOf(trace);
  return [
    ...new Set(
      carriers.flatMap(({ parameter, selector }) => {
        const module = modules.get(selector.node);
        return [parameter.tensor, selector.node, ...(module === undefined ? [] : [module])];
      }),
    ),
  ];
}

const known = new WeakMap<object, ReadonlyMap<string, string>>();

/** Modules of the network's source by the names of their nodes. */
function modulesOf({ source }: Trace): ReadonlyMap<string, string> {
  const found =
    known.get(source) ??
    new Map(
      source.nodes.flatMap(({ name, module }) => (module === undefined ? [] : [[name, module] as const])),
    );
  known.set(source, found);
  return found;
}

/** Every name that a pattern may mean: of nodes, tensors and modules, whether anything of them may leave or not. */
export function allNames({ source, parameters, unnamed }: Trace): ReadonlySet<string> {
  return new Set([
    ...source.nodes.flatMap(({ name, module, outputs, inputs }) => [
      name,
      ...outputs,
      ...inputs,
      ...(module === undefined ? [] : [module]),
    ]),
    ...parameters.map(({ tensor }) => tensor),
    ...unnamed.map(({ tensor }) => tensor),
    ...source.outputs,
  ]);
}

/** Matches whole names; `*` stands for anything, and a pattern also fits what lies under it: `fc` fits `fc.weight`. */
export function pattern(text: string): (name: string) => boolean {
  const body = text.replace(/[.+?^${}()|[\]\\]/g, "\\$&").replaceAll("*", ".*");
  const expression = new RegExp(`^${body}([./:].*)?$`);
  return (name) => expression.test(name);
}
