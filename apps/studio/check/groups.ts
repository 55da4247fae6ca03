import { axisText } from "@prune/graph/advanced";
import type { DescribedGroup, Picture } from "@prune/report";
import { nodeRuntime } from "@prune/runtime-ort/node";
import { randomStream } from "@prune/samples";
import { createWorkflow, type Opened } from "@prune/workflow";
import { folderStore } from "@prune/workflow/node";
import { onnxFormat } from "@prune/workflow/onnx";
import type { Page } from "playwright-core";
// The package's entry inlines a style sheet, which only bundlers can.
import { describedGroup } from "../../../packages/report/src/groups/described-group.js";
import { litOf, placesByTensor, rangesOf } from "../../../packages/report/src/groups/lit-of.js";
import { pictureOf } from "../../../packages/report/src/picture-of.js";
import { type ModelFiles, modelNamed } from "./models.js";

/** Positions of a model to ask the studio about, with what the command says of each. */
export interface AskedGroups {
  readonly model: ModelFiles;
  readonly picture: Picture;
  readonly roots: readonly DescribedGroup[];
}

/** Networks of many kinds: plain, dense, shuffled, grouped, attention, detection. */
const many = [
  "tv-resnet50",
  "tv-densenet121",
  "tv-shufflenet_v2_x1_0",
  "tv-vit_b_32",
  "tv-swin_t.trace",
  "net-yolov8",
  "hf-llama",
  "hf-bert",
  "tv-mobilenet_v3_small",
  "hf-t5-encoder",
];

/** Random channels, one position each, drawn evenly from the groups of several models. */
export async function randomGroups(
  names: readonly string[] = many,
  { count, seed }: { readonly count: number; readonly seed: number },
): Promise<AskedGroups[]> {
  const next = randomStream(seed, "groups");
  const models = (await Promise.all(names.map(modelNamed))).filter((model) => model !== undefined);
  const usable = models.filter(({ path }) => path.endsWith(".onnx"));
  const workflow = createWorkflow({
    formats: [onnxFormat({ runtime: nodeRuntime() })],
    store: folderStore(),
  });
  const asked: AskedGroups[] = [];
  for (const [i, model] of usable.entries()) {
    const share = Math.floor(((i + 1) * count) / usable.length) - Math.floor((i * count) / usable.length);
    const { model: network, backend, trace }: Opened = await workflow.open(model.path);
    const groups = trace.groups();
    if (groups.length === 0) continue;
    const roots = Array.from({ length: share }, () => {
      const { root, indices } = groups[next.integer(groups.length)] as (typeof groups)[number];
      return describedGroup(trace.group(root, [indices[next.integer(indices.length)] as number]));
    });
    asked.push({ model, roots, picture: pictureOf(network, backend, trace, { model: model.name }) });
  }
  return asked;
}

/** What the studio shows otherwise than the command, in words. */
export async function checkGroups(page: Page, { roots, picture }: AskedGroups): Promise<string[]> {
  const wrong: string[] = [];
  const places = placesByTensor(picture);
  for (const group of roots) {
    const { tensor } = group.root;
    const key = axisText(group.root);
    const place = places.get(tensor)?.[0];
    const name = place === undefined ? undefined : picture.nodes[place]?.name;
    if (name === undefined) {
      wrong.push(`${key} lies at no node`);
      continue;
    }
    await page.getByLabel("Find a node or tensor").fill(name);
    await page.getByLabel("Find a node or tensor").press("Enter");
    await page.getByRole("region", { name: "Node" }).getByText(name, { exact: true }).first().waitFor();
    const fields = page.getByLabel(`positions of ${key}`, { exact: true });
    const clear = page.getByRole("button", { name: "Clear" });
    if (await clear.isVisible()) await clear.click();
    await fields.first().fill(String(group.indices[0]));
    await fields.first().press("Enter");
    const items = page.getByRole("region", { name: "What leaves together" }).getByRole("listitem");
    await items.first().waitFor();
    const shown = await items
      .locator("button")
      .evaluateAll((all) => all.map((one) => (one as HTMLElement).title));
    const said = group.items.map(
      ({ axis, indices }) => `${axisText(axis)} [${rangesOf(indices, Number.POSITIVE_INFINITY)}]`,
    );
    if (
      JSON.stringify(shown) !== JSON.stringify(said.slice(0, shown.length)) ||
      shown.length < Math.min(said.length, 600)
    )
      wrong.push(
        `${key} ${group.indices}: the studio lists ${shown.length} axes, the command ${said.length}`,
      );
    const lit = [...litOf(picture, group).values()].flatMap(({ slices }) => slices);
    const dark = group.items.filter(
      (item) => !lit.some(({ axis, indices }) => axis === item.axis && indices === item.indices),
    );
    const inputs = new Set(picture.inputs.map((one) => one.name));
    const unseen = dark.filter(({ axis }) => !inputs.has(axis.tensor));
    if (unseen.length > 0) wrong.push(`${key} ${group.indices}: ${unseen[0]?.axis.tensor} lights up nowhere`);
  }
  return wrong;
}
