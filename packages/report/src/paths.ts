/** What says where a node lies in the code that its network was exported from. */
export interface Named {
  readonly name: string;
  readonly outputs: readonly string[];
  /** Names of the stored tensors that it reads. */
  readonly parameters: readonly string[];
  /** Places of the nodes that make its inputs. */
  readonly from: readonly number[];
  /** The module of the network's source that it comes from, where the exporter says: `layer1.0.conv1`. */
  readonly module?: string | undefined;
}

/**
 * The blocks that each node lies in, outermost first: from the module that the exporter noted, from names with slashes
 * (`/layer1/layer1.0/conv1/Conv`), from the names of its weights (`layer1.0.conv1.weight`). A node without any of them
 * lies where all that it reads lies.
 */
export function pathsOf(nodes: readonly Named[]): readonly (readonly string[])[] {
  const paths: (readonly string[])[] = [];
  nodes.forEach((node, i) => {
    paths[i] = moduleOf(node) ?? slashes(node) ?? dots(node) ?? common(node.from.map((j) => paths[j] ?? []));
  });
  return paths;
}

const moduleOf = ({ module }: Named): readonly string[] | undefined => module?.split(".");

function slashes({ name, outputs }: Named): readonly string[] | undefined {
  const found = [name, ...outputs].find((text) => text.includes("/"));
  const parts = found?.split("/").filter((part) => part !== "");
  if (!parts) return undefined;
  return parts.length > 1 ? dotted(parts.slice(0, -1)) : undefined;
}

/** TorchScript's exporter says the outer block again: `layer1/layer1.0/conv1`. */
function dotted(parts: readonly string[]): string[] {
  const out: string[] = [];
  for (const part of parts) {
    const outer = out.join(".");
    const last = out.at(-1);
    if (outer !== "" && part.startsWith(`${outer}.`)) out.push(...part.slice(outer.length + 1).split("."));
    else if (last !== undefined && part.startsWith(`${last}.`))
      out.push(...part.slice(last.length + 1).split("."));
    else out.push(...part.split("."));
  }
  return out;
}

function dots({ parameters }: Named): readonly string[] | undefined {
  const found = parameters.find((name) => /^[A-Za-z_][\w]*([./][\w]+)+$/.test(name));
  const parts = found?.split(/[./]/);
  return parts && parts.length > 1 ? parts.slice(0, -1) : undefined;
}

function common(paths: readonly (readonly string[])[]): readonly string[] {
  const [first = [], ...others] = paths;
  let length = 0;
  while (length < first.length && others.every((path) => path[length] === first[length])) length++;
  return first.slice(0, length);
}
