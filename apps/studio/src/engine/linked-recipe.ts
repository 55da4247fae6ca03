import { type Recipe, readRecipe } from "@prune/pruner";
import type { LinkedPlan } from "./protocol.js";
import { shownError } from "./shown-error.js";

/** Longer ones are cut off by chats and mail; browsers themselves take more. */
const mostInLink = 16_000;
/** A link is anyone's: what it swells to is bounded. */
const mostUnpacked = 4 * 2 ** 20;

/** What a link's plan is refused for: `damaged-link` when it is opened, `link-too-long` before it is made. */
class LinkError extends Error {
  override readonly name = "LinkError";
  readonly code: "damaged-link" | "link-too-long";
  constructor(code: LinkError["code"], message: string) {
    super(message);
    this.code = code;
  }
}

const damaged = (why: string): LinkError =>
  new LinkError(
    "damaged-link",
    `The plan in this link can't be read: ${why}. Copy the whole link again, or ask for the recipe file and open it under Compare. Until then the link's options are planned anew.`,
  );

type Removals = Recipe["parameters"];
type Selector = Removals[number]["selectors"][number];

/**
 * A recipe for a link: JSON in which lists of positions, which most tensors share with others, are told once, by their
 * steps; then deflate and base64url.
 */
export async function packedRecipe(recipe: Recipe): Promise<string> {
  const numbers = new Map<string, number>();
  const numbered = (removals: Removals): unknown =>
    removals.map((one) => ({
      ...one,
      selectors: one.selectors.map((selector) => {
        const steps = selector.removed.map((at, i) => at - (selector.removed[i - 1] ?? 0)).join(" ");
        const known = numbers.get(steps) ?? numbers.size;
        numbers.set(steps, known);
        return { ...selector, removed: known };
      }),
    }));
  const { parameters, uses } = recipe;
  const packed = {
    ...recipe,
    parameters: numbered(parameters),
    ...(uses && { uses: numbered(uses) }),
  };
  const text = JSON.stringify({ recipe: packed, lists: [...numbers.keys()] });
  const bytes = await streamed(new TextEncoder().encode(text), new CompressionStream("deflate-raw"));
  const link = base64url(bytes);
  if (link.length > mostInLink)
    throw new LinkError(
      "link-too-long",
      `The plan takes ${link.length} characters, and a link holds at most ${mostInLink}: this one holds the options alone. Send the recipe file beside it.`,
    );
  return link;
}

/** A recipe with what a link holds of it, or why a link can't. */
export async function linkedPlanOf(recipe: Recipe): Promise<LinkedPlan> {
  try {
    return { recipe, plan: await packedRecipe(recipe) };
  } catch (error) {
    if (error instanceof LinkError) return { recipe, refused: shownError(error) };
    throw error;
  }
}

/** The recipe that a link holds, checked. */
export async function unpackedRecipe(link: string): Promise<Recipe> {
  if (!/^[\w-]+$/.test(link)) throw damaged("it has characters that no plan has");
  let value: unknown;
  try {
    const bytes = await streamed(bytesOf(link), new DecompressionStream("deflate-raw"), mostUnpacked);
    value = JSON.parse(new TextDecoder("utf-8", { fatal: true }).decode(bytes));
  } catch (error) {
    if (error instanceof LinkError) throw error;
    throw damaged("part of it is missing or changed");
  }
  const { recipe, lists } = (value ?? {}) as { readonly recipe?: Recipe; readonly lists?: unknown };
  if (!recipe || !Array.isArray(lists)) throw damaged("it holds no recipe");
  const positions = lists.map((steps) => {
    let at = 0;
    return String(steps)
      .split(" ")
      .filter(Boolean)
      .map((step) => {
        at += Number(step);
        return at;
      });
  });
  const told = (removals: unknown): unknown =>
    Array.isArray(removals)
      ? removals.map((one: Removals[number]) => ({
          ...one,
          selectors: Array.isArray(one?.selectors)
            ? one.selectors.map((selector: Selector) => ({
                ...selector,
                removed: positions[selector?.removed as unknown as number],
              }))
            : undefined,
        }))
      : undefined;
  const { parameters, uses } = recipe;
  return readRecipe({ ...recipe, parameters: told(parameters), ...(uses && { uses: told(uses) }) });
}

async function streamed(
  bytes: Uint8Array,
  through: CompressionStream | DecompressionStream,
  most = Number.POSITIVE_INFINITY,
): Promise<Uint8Array> {
  const parts: Uint8Array[] = [];
  let length = 0;
  const reader = new Blob([bytes as BlobPart]).stream().pipeThrough(through).getReader();
  for (;;) {
    const { done, value } = await reader.read();
    if (done) break;
    length += value.length;
    if (length > most) {
      await reader.cancel();
      throw damaged(`it would be more than ${most / 2 ** 20} MiB`);
    }
    parts.push(value);
  }
  return new Uint8Array(await new Blob(parts as BlobPart[]).arrayBuffer());
}

function base64url(bytes: Uint8Array): string {
  let text = "";
  for (const byte of bytes) text += String.fromCharCode(byte);
  return btoa(text).replaceAll("+", "-").replaceAll("/", "_").replace(/=+$/, "");
}

const bytesOf = (link: string): Uint8Array =>
  Uint8Array.from(atob(link.replaceAll("-", "+").replaceAll("_", "/")), (one) => one.charCodeAt(0));
