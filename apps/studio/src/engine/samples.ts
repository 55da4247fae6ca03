import { extensionOf } from "@prune/samples/advanced";
import type { PruneConfig } from "@prune/workflow";
import type { NamedFile, Samples, Scaling } from "./protocol.js";
import { isPicture, isSound } from "./sample-files.js";

/** How values of pictures, 0 to 255, are fed: (value x scale - mean) / std. */
const scalings: Readonly<Record<Scaling, Exclude<PruneConfig["dataConfig"], string | undefined>>> = {
  unit: {},
  symmetric: { mean: 0.5, std: 0.5 },
  imagenet: { mean: [0.485, 0.456, 0.406], std: [0.229, 0.224, 0.225] },
  bytes: { scale: 1 },
};

/** Where a store of the page keeps pictures that were chosen together. */
export const picturesPath = "pictures";
/** And sounds. */
export const soundsPath = "sounds";

/** Chosen files as the samples of a job: pictures, sounds, or one file of numbers with what else belongs to it. */
export function sampleOptions({
  files,
  scaling,
}: Samples): Pick<PruneConfig, "data" | "dataConfig" | "labels"> {
  const kind = ({ path }: NamedFile): string => extensionOf(path);
  const isLabels = ({ path }: NamedFile): boolean => /label/i.test(path.split("/").at(-1) ?? "");
  const labels = files.find(isLabels);
  const others = files.filter((file) => file !== labels);
  const pictures = others.filter(isPicture);
  const sounds = others.filter(isSound);
  const json = others.find((file) => kind(file) === ".json");
  const numbers = others.find((file) => file !== json && !isPicture(file) && !isSound(file)) ?? json;
  if (pictures.length + sounds.length === 0 && !numbers) return {};
  if (pictures.length === 0 && sounds.length > 0)
    return {
      data: soundsPath,
      ...(json && { dataConfig: json.path }),
      ...(labels && { labels: labels.path }),
    };
  const dataConfig = json && json !== numbers ? json.path : scalings[scaling];
  return {
    data: pictures.length > 0 ? picturesPath : (numbers?.path as string),
    ...(pictures.length > 0 || json !== numbers ? { dataConfig } : {}),
    ...(labels && { labels: labels.path }),
  };
}

/** The same, where there have to be some. */
export function samplesFrom(samples: Samples): { data: string } & ReturnType<typeof sampleOptions> {
  const { data, ...rest } = sampleOptions(samples);
  if (data === undefined)
    throw new Error("There are no samples. Choose pictures, or a file of arrays, first.");
  return { data, ...rest };
}
