import { eachField, payload, type Span } from "../wire.js";

const entry = { key: 1, value: 2 } as const;
const decoder = new TextDecoder();

/**
 * The module of a network's source that a node comes from, as PyTorch names it (`layer1.0.conv1`): its newer exporter
 * writes the modules around a node into the node's metadata, its older one into the node's name.
 */
export function moduleOf(name: string, bytes: Uint8Array, metadata: readonly Span[]): string | undefined {
  for (const span of metadata) {
    let [key, value] = ["", ""];
    eachField(bytes, span, "node's metadata", (field) => {
      const { start, end } = payload(field);
      if (field.number === entry.key) key = decoder.decode(bytes.subarray(start, end));
      else if (field.number === entry.value) value = decoder.decode(bytes.subarray(start, end));
    });
    if (key === "pkg.torch.onnx.name_scopes") return scopeIn(value);
  }
  return name.startsWith("/") ? pathIn(name) : undefined;
}

/** "['', 'layer1', 'layer1.0', 'layer1.0.conv1', 'conv2d']": the last is the node itself. */
function scopeIn(list: string): string | undefined {
  const scopes = [...list.matchAll(/'([^']*)'|"([^"]*)"/g)].map(([, one, two]) => one ?? two ?? "");
  return scopes
    .slice(0, -1)
    .filter((scope) => scope !== "")
    .at(-1);
}

/** "/layer1/layer1.0/conv1/Conv": each part is a module's own name, in a list with the list's name before it. */
function pathIn(name: string): string | undefined {
  const path: string[] = [];
  for (const part of name.split("/").slice(1, -1)) {
    if (path.length > 0 && part.startsWith(`${path.at(-1)}.`)) path.pop();
    path.push(part);
  }
  return path.length > 0 ? path.join(".") : undefined;
}
