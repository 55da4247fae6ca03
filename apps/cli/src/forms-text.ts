import type { PruneReport } from "@prune/workflow";
import { count, percent, scientific } from "./terminal/numbers.js";

/** Lines about what was chosen besides units: how layers share, a basis, blocks that left whole, norms that count what left. */
export const formsText = ({
  allocation,
  basis,
  blocks,
  norms,
  before,
}: Pick<PruneReport, "allocation" | "basis" | "blocks" | "norms" | "before">): string[] => [
  ...(allocation ? [allocationText(allocation)] : []),
  ...(basis ? [basisText(basis)] : []),
  ...(blocks ? [blocksText(blocks, before.macs)] : []),
  ...(norms?.over === "masked" ? [normsText(norms)] : []),
];

function blocksText(
  { removed, of, law, caches }: NonNullable<PruneReport["blocks"]>,
  macs: number | null,
): string {
  const gone = removed.reduce((sum, block) => sum + block.macs, 0);
  const share = macs ? `, ${percent(gone / macs)} of the MACs` : "";
  const proof = law ? ` (what is left = branches that give zeros, within ${scientific(law.error)})` : "";
  const cached = caches
    ? `; their caches left with them, ${caches.layers.left.length} of ${caches.layers.before} layers have one`
    : "";
  return `${removed.length} of ${of} residual branches removed whole${share}${proof}: ${removed.map(({ name }) => name).join(", ")}${cached}`;
}

function allocationText({ by, errors }: NonNullable<PruneReport["allocation"]>): string {
  const ways = { global: "one ranking of all units", sensitivity: "what each layer can spare" } as const;
  const other = by === "global" ? "sensitivity" : "global";
  const [own, others] = [errors[by], errors[other]].map((error) =>
    error === undefined ? undefined : scientific(error),
  );
  const beside = others === undefined ? ", which alone met the budget" : `, by ${ways[other]} ${others}`;
  return `layers share by ${ways[by]}: held-out error ${own}${beside}`;
}

const normsText = ({ nodes }: NonNullable<PruneReport["norms"]>): string =>
  `${count(nodes)} norms and means count what left as zero`;

const basisText = ({ widths, error }: NonNullable<PruneReport["basis"]>): string =>
  `residual streams of ${widths.join(" and ")} in the principal directions of the samples first, equal within ${scientific(error)}`;
