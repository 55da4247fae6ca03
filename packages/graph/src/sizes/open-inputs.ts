import { nameOf } from "../names/dim.js";
import type { GraphSource } from "../trace/graph.js";
import type { OpenInput } from "./meaning.js";

/** Inputs of a traced model, as sizes are chosen for them: all of them floats, as far as is known. */
export const openInputs = ({ inputs }: Pick<GraphSource, "inputs">): OpenInput[] =>
  inputs.map(({ name, shape }) => ({
    name,
    // What was made of the input's name says nothing of what the dim means.
    shape: shape?.map((dim, d) => {
      const symbol = nameOf(dim) ?? dim;
      return symbol === `${name}.${d}` ? undefined : symbol;
    }),
    isFloat: true,
  }));
