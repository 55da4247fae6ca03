type Versions = readonly (readonly [version: number, release: string])[];

/** The first release of onnxruntime that is known to load an IR version, by the version; by its errors and those of its users. */
const irVersions: Versions = [
  [8, "1.12"],
  [9, "1.15"],
  [10, "1.18"],
  [11, "1.23"],
  [13, "1.27"],
];

/** The same of opsets of the default domain: https://onnxruntime.ai/docs/reference/compatibility.html. */
const opsets: Versions = [
  [15, "1.10"],
  [16, "1.11"],
  [17, "1.12"],
  [18, "1.14"],
  [19, "1.15"],
  [20, "1.17"],
  [21, "1.18"],
  [22, "1.20"],
  [23, "1.23"],
  [26, "1.27"],
];

/** What onnxruntime says of a model that was made for a newer one, and which one loads it; undefined for other refusals. */
export function newerRuntime(reason: string): string | undefined {
  const ir = /Unsupported model IR version: (\d+)/i.exec(reason);
  if (ir) return needs(`its IR version ${ir[1]}`, Number(ir[1]), irVersions);
  const opset = /Opset (\d+) is under development.*domain (\S+) is till opset/is.exec(reason);
  if (opset?.[2] === "ai.onnx") return needs(`its opset ${opset[1]}`, Number(opset[1]), opsets);
  if (opset)
    return `Its opset ${opset[1]} of ${opset[2]} needs a newer onnxruntime than the one that is installed.`;
  const attribute = /Unrecognized attribute: (\S+) for operator (\w+)/i.exec(reason);
  if (attribute)
    return `The attribute ${attribute[1]} of ${attribute[2]} is not known to this onnxruntime; a newer one may load the model.`;
  return undefined;
}

function needs(what: string, version: number, known: Versions): string {
  const release = known.find(([most]) => version <= most)?.[1];
  return release === undefined
    ? `For ${what} a newer onnxruntime than ${known.at(-1)?.[1]} is needed: none that is known loads it.`
    : `For ${what} onnxruntime ${release} or newer is needed.`;
}
