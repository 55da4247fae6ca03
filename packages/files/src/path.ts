/** Why a path that a model names is not a plain path below the model's folder, or undefined if it is one. */
export function whyOutside(path: unknown): string | undefined {
  if (typeof path !== "string") return "the path is not a string";
  if (path === "") return "the path is empty";
  if (path.includes("\0")) return "the path has a NUL character";
  if (/^([/\\]|[a-z]:)/i.test(path)) return "the path is absolute";
  if (path.split(/[/\\]/).includes("..")) return "the path climbs out of the model's folder";
  return undefined;
}
