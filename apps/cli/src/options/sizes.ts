import { Option } from "commander";
import { size } from "../options.js";

/** Sizes of what the model leaves open. */
export interface SizeOptions {
  readonly size?: Readonly<Record<string, number>>;
}

export const sizeOption = (): Option =>
  new Option(
    "--size <name=n>",
    "a size that the model leaves open: MACs are counted, and models run, at it; x.2 is dim 2 of the input x; may be repeated",
  ).argParser(size);

/** The same as the workflow takes it. */
export const sizesOf = ({
  size: sizes,
}: SizeOptions): { readonly sizes?: Readonly<Record<string, number>> } => (sizes ? { sizes } : {});
