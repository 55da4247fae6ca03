import { type Cost, type Cut, GraphError } from "@prune/graph";
import { countedText } from "@prune/graph/advanced";
import { type PruneOptions, plan, planFromRecipe, type Recipe, readRecipe, recipeOf } from "@prune/pruner";
import { account, type Chosen, groupReports, partsOf, prunableOf } from "@prune/pruner/advanced";
import { describedGroup, htmlReport, type Picture, pictureOf } from "@prune/report";
import { leftGroups } from "@prune/report/advanced";
import { ortRuntime } from "@prune/runtime-ort";
import { createWorkflow, type Format, type JobProgress, type Opened, type Workflow } from "@prune/workflow";
import type { Details } from "@prune/workflow/advanced";
import { onnxFormat } from "@prune/workflow/onnx";
import { amountsOf, planned, standInNote } from "./amounts.js";
import { besideOf } from "./beside.js";
import { browserStore, modelAmong } from "./browser-store.js";
import { changesBetween, pictureBeside } from "./compare.js";
import { appliedBy, linkedFile } from "./linked-apply.js";
import { chosenAs, type LinkedCut, linkedCut, linkedNote, linkedOf, sameRemovals } from "./linked-cut.js";
import { linkedPlanOf } from "./linked-recipe.js";
import { loadOrt, loadOrtOnGraphics } from "./load-ort.js";
import { appliedMade, losslessMade, madeOf, timesRow } from "./made.js";
import type { Choice, Engine, Made, NamedFile, Numbers, OpenedModel } from "./protocol.js";
import { sampleOptions, samplesFrom, soundsPath } from "./samples.js";
import { rememberedScores } from "./scores.js";
import { sensitivityByNode } from "./sensitivity.js";
import { attributesOf, reasonsOf, whyNothing } from "./shown.js";
import { shownError } from "./shown-error.js";
import { wordsOf } from "./words.js";

/** A job of the page under way. */
export interface EngineJob {
  readonly signal: AbortSignal;
  readonly onProgress: (progress: unknown) => void;
}

/** The open model and what was worked out of it. */
interface Session {
  readonly files: readonly NamedFile[];
  readonly name: string;
  readonly opened: Opened;
  readonly cost: Cost;
  readonly scores: ReturnType<typeof rememberedScores>;
  /** What a link says leaves by its choice. */
  linked?: LinkedCut;
  /** What was chosen last, which the numbers and then the picture are of. */
  chosen?: { readonly key: string; readonly of: Chosen };
  /** What was made last. */
  made?: Made;
}

/** Answers the page's questions about the model that is open; runs in a worker. */
export function createEngine(): {
  run(method: keyof Engine, args: readonly unknown[], job: EngineJob): Promise<unknown>;
} {
  const runtime = ortRuntime(loadOrt, { executionProviders: ["wasm"] });
  const graphics = ortRuntime(loadOrtOnGraphics, { executionProviders: ["webgpu"] });
  let session: Session | undefined;
  const current = (): Session => {
    if (!session) throw new Error("No model is open. Open one first.");
    return session;
  };
  /** TensorFlow.js is loaded for who opens such a model, not for the others. */
  const formatsOf = async (path: string): Promise<readonly Format[]> =>
    path.toLowerCase().endsWith(".json")
      ? [(await import("./tfjs.js")).tfjsInBrowser()]
      : [onnxFormat({ runtime })];
  const sessionOf = async (files: readonly NamedFile[]): Promise<Session> => {
    const { path } = modelAmong(files);
    const workflow = createWorkflow({ formats: await formatsOf(path), store: browserStore(files) });
    const opened = await workflow.open(path);
    const parts = path.split("/");
    const name = parts.at(-1) === "model.json" ? (parts.at(-2) ?? path) : (parts.at(-1) ?? path);
    const probe = opened.backend.probe(opened.model, opened.trace);
    const cost = opened.backend.cost(opened.model, opened.trace);
    return { files, name, opened, cost, scores: rememberedScores(probe) };
  };

  /** A workflow on the open model's files and on others beside them. */
  const workflowOf = async (
    others: readonly NamedFile[] = [],
  ): Promise<{ path: string; workflow: Workflow }> => {
    const { files } = current();
    const { path } = modelAmong(files);
    const store = browserStore([...files, ...others]);
    return { path, workflow: createWorkflow({ formats: await formatsOf(path), store }) };
  };

  /** The files of what was made last; the one that a runtime opens is the last. */
  const madeFiles = (): NamedFile[] => {
    const { made } = current();
    if (!made) throw new Error("Nothing was made yet. Make the smaller model first.");
    return made.files.map(({ path, bytes }) => ({ path, file: new Blob([bytes as BlobPart]) }));
  };

  const optionsOf = async (choice: Choice): Promise<PruneOptions<unknown>> => {
    const { opened, scores } = current();
    return {
      ...amountsOf(planned(choice)),
      importance: await scores(choice.criterion),
      backend: opened.backend,
      trace: opened.trace,
    };
  };

  /** What a choice removes, by the remembered scores. */
  const chosenBy = async (choice: Choice): Promise<Chosen> => {
    const of = current();
    const linked = linkedOf(of.linked, choice);
    const key = JSON.stringify([planned(choice), linked !== undefined]);
    if (of.chosen?.key === key) return of.chosen.of;
    const { chosen: found } = await plan(of.opened.model, await optionsOf(choice));
    const chosen = linked ? chosenAs(of.opened.trace, found.choices, linked) : found;
    of.chosen = { key, of: chosen };
    return chosen;
  };
  /** The recipe of a choice's plan. */
  const recipeBy = async (choice: Choice, { cut }: Pick<Chosen, "cut">): Promise<Recipe> => {
    const { model, trace } = current().opened;
    return recipeOf(model, trace, cut, await optionsOf(choice));
  };

  /** Whether the options plan just what a link says; those that are measured plan another thing each time. */
  const isPlanned = async ({ opened }: Session, choice: Choice, { recipe }: LinkedCut): Promise<boolean> => {
    if (planned(choice).by !== choice.by) return false;
    const { chosen } = await plan(opened.model, await optionsOf(choice));
    return sameRemovals(recipe, await recipeBy(choice, chosen));
  };

  const pictured = (of: Session, cut?: Cut): Picture =>
    pictureOf(of.opened.model, of.opened.backend, of.opened.trace, {
      model: of.name,
      attributes: attributesOf,
      ...(cut && { cut }),
    });

  const engine: {
    readonly [M in keyof Engine]: (args: Parameters<Engine[M]>, job: EngineJob) => ReturnType<Engine[M]>;
  } = {
    async open([files, linked], { onProgress }) {
      const start = performance.now();
      onProgress("Reading and tracing");
      session = await sessionOf(files);
      const { opened, name, cost } = session;
      const { backend, model, trace } = opened;
      const counted = countedText(cost);
      const parts = new Set(partsOf(trace));
      let link: OpenedModel["link"];
      if (linked)
        try {
          session.linked = await linkedCut(model, backend, trace, linked);
          link = {};
        } catch (error) {
          link = { refused: shownError(error) };
        }
      return {
        name,
        format: backend.name === "onnx" ? "ONNX" : "TensorFlow.js",
        picture: pictured(session),
        cost,
        ...(counted !== undefined && { counted }),
        prunable: prunableOf(model, backend, trace, cost),
        frozen: reasonsOf(trace.frozen()),
        has: { heads: parts.has("rows"), headDims: parts.has("columns") },
        ...(link && { link }),
        milliseconds: performance.now() - start,
      } satisfies OpenedModel;
    },
    async numbers([choice]) {
      const start = performance.now();
      const { opened, cost: before } = current();
      const { backend, model, trace } = opened;
      const chosen = await chosenBy(choice);
      const removed = chosen.choices.reduce((sum, one) => sum + one.removed.length, 0);
      const { budget } = chosen as Chosen & { budget?: { why?: string; met: boolean } };
      const note = linkedOf(current().linked, choice)
        ? linkedNote
        : removed === 0
          ? whyNothing(chosen)
          : budget && !budget.met
            ? budget.why
            : standInNote(choice);
      const after = backend.cost(model, trace, chosen.cut);
      const counted = countedText(before, after);
      return {
        before,
        after,
        ...(counted !== undefined && { counted }),
        removed,
        layers: groupReports(trace, chosen.choices),
        ...(note !== undefined && { note }),
        milliseconds: performance.now() - start,
      } satisfies Numbers;
    },
    picture: async ([choice]) => pictured(current(), (await chosenBy(choice)).cut),
    async axes([tensors]) {
      const { trace } = current().opened;
      return tensors.flatMap((tensor) => {
        try {
          return trace.axes(tensor);
        } catch (error) {
          if (error instanceof GraphError) return [];
          throw error;
        }
      });
    },
    group: async ([root, indices]) => describedGroup(current().opened.trace.group(root, indices)),
    async report([choice]) {
      const of = current();
      const { model, trace } = of.opened;
      const options = await optionsOf(choice);
      // A plan of a budget also says whether it was met.
      const chosen = linkedOf(of.linked, choice)
        ? await chosenBy(choice)
        : (await plan(model, options)).chosen;
      const { report, recipe } = await account(model, trace, chosen, options);
      const picture = pictured(of, chosen.cut);
      const unverified = "this is a plan; nothing was cut or run";
      const left = leftGroups(trace, picture, chosen.choices);
      return htmlReport({ report: { ...report, model: of.name, unverified }, picture, left, recipe });
    },
    async make([choice, { samples, recover, minutes }], { signal, onProgress }) {
      const of = current();
      const linked = linkedOf(of.linked, choice);
      // What the options remove here too is made with all that goes with it; anything else is cut as the link says.
      if (linked && !(await isPlanned(of, choice, linked))) {
        const { path, workflow } = await workflowOf([linkedFile(linked)]);
        const chosen = await chosenBy(choice);
        const { report } = await account(of.opened.model, of.opened.trace, chosen, await optionsOf(choice));
        const applied = await appliedBy(workflow, path, { signal, onProgress });
        const picture = pictured(of, chosen.cut);
        const left = leftGroups(of.opened.trace, picture, chosen.choices);
        of.made = appliedMade(applied, { ...report, model: of.name }, linked.recipe, { picture, left });
        return of.made;
      }
      const { path, workflow } = await workflowOf(samples.files);
      const data = sampleOptions(samples);
      const seen: Details[] = [];
      const made = await workflow.prune(path, {
        ...amountsOf(choice),
        importance: choice.criterion,
        ...data,
        ...(data.data !== undefined && !recover && { recover: "none" }),
        ...(data.data !== undefined && minutes > 0 && { train: { time: 60_000 * minutes, batch: 32 } }),
        signal,
        onProgress: (progress: JobProgress) => onProgress(wordsOf(progress)),
        also(_, found) {
          seen.push(found);
          return [];
        },
      });
      const [{ trace, chosen }] = seen as [Details];
      const picture = pictured(of, chosen.cut);
      const left = leftGroups(trace, picture, chosen.choices);
      of.made = madeOf(made, picture, left);
      return of.made;
    },
    async link([choice, made]) {
      if (made !== undefined) return linkedPlanOf(readRecipe(made));
      const linked = linkedOf(current().linked, choice);
      return linkedPlanOf(linked?.recipe ?? (await recipeBy(choice, await chosenBy(choice))));
    },
    async lossless(_, { signal, onProgress }) {
      const of = current();
      const { path, workflow } = await workflowOf();
      const made = await workflow.lossless(path, {
        signal,
        onProgress: (progress: JobProgress) => onProgress(wordsOf(progress)),
      });
      of.made = losslessMade(made);
      return of.made;
    },
    async graphics(_, { signal }) {
      const { files } = current();
      const smaller = madeFiles();
      const { path } = modelAmong(files);
      const formats = [onnxFormat({ runtime: graphics })];
      const workflow = createWorkflow({ formats, store: browserStore([...files, ...smaller]) });
      const to = smaller.at(-1)?.path ?? "";
      return timesRow("latency, WebGPU", await workflow.bench(path, to, { seconds: 2, signal }));
    },
    async beside([samples]) {
      const { opened } = current();
      const smaller = madeFiles();
      const { workflow } = await workflowOf([...smaller, ...samples.files]);
      const { data, dataConfig, labels } = samplesFrom(samples);
      const files = { data, most: 6, ...(dataConfig && { config: dataConfig }), ...(labels && { labels }) };
      const [original, cut] = [opened, await workflow.open(smaller.at(-1)?.path ?? "")];
      return besideOf(
        await original.answers(files, workflow.store),
        await cut.answers(files, workflow.store),
        { areSounds: data === soundsPath },
      );
    },
    async sensitivity([choice, samples], { signal, onProgress }) {
      const { path, workflow } = await workflowOf(samples.files);
      const { data, dataConfig, labels } = samplesFrom(samples);
      const { curves } = await workflow.sensitivity(path, {
        importance: choice.criterion,
        samples: { data, most: 32, ...(dataConfig && { config: dataConfig }), ...(labels && { labels }) },
        ratios: [0.5],
        signal,
        onProgress: (progress: JobProgress) => onProgress(wordsOf(progress)),
      });
      const of = current();
      return sensitivityByNode(curves, of.opened.trace, pictured(of));
    },
    async compare([files]) {
      const of = current();
      const [only] = files;
      if (files.length === 1 && only?.path.toLowerCase().endsWith(".json")) {
        const recipe = readRecipe(await only.file.text());
        const { trace } = of.opened;
        const picture = pictured(of, trace.cut(planFromRecipe(trace, recipe)));
        return { name: only.path, picture, changes: changesBetween(picture) };
      }
      const other = await sessionOf(files);
      const [here, there] = [pictured(of), pictured(other)];
      return { name: other.name, picture: pictureBeside(here, there), changes: changesBetween(here, there) };
    },
  };
  return {
    run: (method, args, job) =>
      (engine[method] as (args: readonly unknown[], job: EngineJob) => Promise<unknown>)(args, job),
  };
}
