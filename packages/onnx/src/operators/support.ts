import { type Support, says } from "@prune/graph/rules";

export const cellwise: Support = says("output with input, position by position");

export const sideBySide: Support = says(
  "all operands, position by position, as they broadcast",
  "what meets positions that stay",
);

export const multiplies: Support = says(
  "columns of the left with rows of the right; other dims with the output's",
  "batch dims that are turned",
);

export const convolves: Support = says(
  "input channels with filter inputs, filters with bias and output channels; grouped: groups as rows, as many channels of each",
  "space, kernel",
);

export const normalises: Support = says(
  "input with scale, bias and what is added; statistics run over what is left",
);

export const normalisesGroups: Support = says(
  "channels with scale and bias; groups as rows, as many channels of each",
);

export const runsAlong: Support = says("output with input", "the axis it runs along");

export const pools: Support = says("channels", "space");

export const besideIndices: Support = says(
  "dims beside the index, where they are equally long",
  "dims that the index points into",
);

export const joins: Support = says("positions as they are joined; the other dims of all parts");

export const borders: Support = says(
  "positions; constant padding of an axis leaves on its own",
  "an axis padded by its own contents, cropped, or about its middle",
);

export const samples: Support = says("channels", "space, positions, regions");
