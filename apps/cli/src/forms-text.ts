import type { PruneReport } from "@prune/workflow";
import { count, percent, scientific } from "./terminal/numbers.js";

/** A line about blocks that left whole, and one about norms that count what left; none where there are none. */
export const formsText = ({
  basis,
  blocks,
  norms,
  before,
}: Pick<PruneReport, "basis" | "blocks" | "norms" | "before">): string[] => [
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

const normsText = ({ nodes }: NonNullable<PruneReport["norms"]>): string =>
  `${count(nodes)} norms and means count what left as zero`;

const basisText = ({ widths, error }: NonNullable<PruneReport["basis"]>): string =>
  `residual streams of ${widths.join(" and ")} in the principal directions of the samples first, equal within ${scientific(error)}`;
