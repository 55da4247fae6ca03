import type { ShapeTest as GeneralTest } from "@prune/graph/rules";
import type { TfNode } from "../../graph-model/node.js";

/** Says what is wrong with the shapes that meet in a node of a GraphModel, or undefined where nothing is known to be. */
export type ShapeTest = GeneralTest<TfNode>;
