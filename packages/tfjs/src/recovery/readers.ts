interface Reading {
  readonly inputs: readonly string[];
}

/** The nodes that read each tensor, once for every input. */
export function readersOf<N extends Reading>(
  nodes: readonly N[],
): ReadonlyMap<string, readonly { readonly node: N; readonly input: number }[]> {
  const found = new Map<string, { node: N; input: number }[]>();
  for (const node of nodes)
    node.inputs.forEach((name, input) => {
      const list = found.get(name);
      if (list) list.push({ node, input });
      else found.set(name, [{ node, input }]);
    });
  return found;
}
