import type { Linear, Window } from "@prune/onnx/advanced";
import type { Values } from "@prune/runtime-ort";
import type { Random } from "@prune/samples";
import { type Feeds, floatValues, type GraphBuilder, integerValues } from "../walk/graph-builder.js";
import { outputPlane, sample, windowCells, windowPositions } from "./positions.js";

/**
 * Nodes that lay tensors around a layer out as rows, one per sampled position. What a convolution sees outside of its
 * input are zeros.
 */
export interface RowsGraph {
  /** The input as the layer reads it: rows x (channels x kernel). */
  input(tensor: string): string;
  /** A tensor of the output's plane with some channels: rows x channels, some of them where `kept` is given. */
  output(tensor: string, channels: number, kept?: readonly number[]): string;
  /** A tensor of the input's plane at sampled places of it: rows x channels. */
  places(tensor: string, channels: number): string;
}

/** The nodes read position feeds, by name. */
export const rowsGraph = (
  graph: GraphBuilder,
  linear: Linear,
  fed = (name: string): string => graph.fed(name, "int64"),
): RowsGraph => (linear.window ? windowRows(graph, linear, fed) : productRows(graph, linear, fed));

type Fed = (name: string) => string;

const [rows, cells, places] = ["rows", "cells", "places"];

function productRows({ emit, integers }: GraphBuilder, { inputs }: Linear, fed: Fed): RowsGraph {
  const flat = (tensor: string, width: number): string =>
    emit("Gather", [emit("Reshape", [tensor, integers([-1, width])]), fed(rows)], { axis: 0 });
  return {
    input: (tensor) => flat(tensor, inputs),
    places: flat,
    output(tensor, channels, kept = []) {
      const all = flat(tensor, channels);
      return kept.length > 0 && kept.length < channels
        ? emit("Gather", [all, integers(kept)], { axis: 1 })
        : all;
    },
  };
}

function windowRows(graph: GraphBuilder, { window, inputs }: Linear, fed: Fed): RowsGraph {
  const { emit, integers } = graph;
  const taps = (window?.kernel ?? []).reduce((a, b) => a * b, 1);
  const plane = (tensor: string): string => emit("Reshape", [tensor, integers([0, 0, -1])]);
  const columns = (tensor: string, at: string, channels: number): string => {
    const seen = emit("Gather", [plane(tensor), fed(at)], { axis: 2 });
    return emit("Reshape", [emit("Transpose", [seen], { perm: [0, 2, 1] }), integers([-1, channels])]);
  };
  return {
    input(tensor) {
      // The cell behind the last one stands for all that lies outside.
      const seen = emit("Gather", [graph.zeroBehind(plane(tensor)), fed(cells)], { axis: 2 });
      const turned = emit("Transpose", [seen], { perm: [0, 2, 1, 3] });
      return emit("Reshape", [turned, integers([-1, inputs * taps])]);
    },
    places: (tensor, channels) => columns(tensor, places, channels),
    output: (tensor, channels, kept = []) =>
      kept.length > 0 && kept.length < channels
        ? columns(emit("Gather", [tensor, integers(kept)], { axis: 1 }), rows, kept.length)
        : columns(tensor, rows, channels),
  };
}

/** Feeds that say which positions of one batch are sampled, and how many rows that gives. */
export interface Sampled {
  readonly feeds: Feeds;
  readonly count: number;
}

/** Samples about `wanted` positions of a batch whose input has these dims. */
export function sampledRows(
  { window }: Linear,
  input: readonly number[],
  wanted: number,
  random: Random,
): Sampled {
  const most = (size: number, share: number): number => Math.max(1, Math.min(size, Math.ceil(share)));
  const listed = (list: ArrayLike<number>): Feeds[string] =>
    integerValues(BigInt64Array.from(Array.from(list), BigInt), [list.length]);
  if (!window) {
    const all = input.slice(0, -1).reduce((a, b) => a * b, 1);
    const chosen = sample(all, most(all, wanted), random);
    return { feeds: { [rows]: listed(chosen) }, count: chosen.length };
  }
  const [images = 1, , ...plane] = input;
  const size = outputPlane(window, plane).reduce((a, b) => a * b, 1);
  const count = most(size, wanted / images);
  const at = windowPositions(window, plane, count, random);
  return {
    feeds: {
      [rows]: integerValues(at.chosen, [count]),
      [cells]: integerValues(at.cells, [count, at.cells.length / count]),
    },
    count: count * images,
  };
}

/** Rows of a convolution that reads another, as one batch samples them. */
export interface SampledReads extends Sampled {
  /** Where places that it sees are inside of the other's output, rows x places. */
  readonly inside: Values;
}

/** How what rows of a reading convolution are fed is named. */
export const readName = (name: string): string => `read ${name}`;

/** Samples about `wanted` positions of a convolution that reads another's output, and where both look for them. */
export function sampledReads(
  { window }: Linear,
  reader: Linear,
  [images = 1, , ...plane]: readonly number[],
  wanted: number,
  random: Random,
): SampledReads {
  const [before, behind] = [window as Window, reader.window as Window];
  const hidden = outputPlane(before, plane);
  const all = outputPlane(behind, hidden).reduce((a, b) => a * b, 1);
  const count = Math.max(1, Math.min(all, Math.ceil(wanted / images)));
  const { chosen, cells: seen } = windowPositions(behind, hidden, count, random);
  const places = Array.from(seen, Number);
  const looked = windowCells(before, plane, places);
  const outside = hidden.reduce((a, b) => a * b, 1);
  const taps = places.length / count;
  const inside = Float32Array.from({ length: images * places.length }, (_, k) =>
    (places[k % places.length] as number) < outside ? 1 : 0,
  );
  return {
    feeds: {
      [readName(rows)]: integerValues(chosen, [count]),
      [readName(cells)]: integerValues(looked, [places.length, looked.length / places.length]),
    },
    count: count * images,
    inside: floatValues(inside, [count * images, taps]),
  };
}

/** Samples about `wanted` places of the input itself. */
export function sampledPlaces(
  linear: Linear,
  input: readonly number[],
  wanted: number,
  random: Random,
): Sampled {
  if (!linear.window) return sampledRows(linear, input, wanted, random);
  const [images = 1, , ...plane] = input;
  const size = plane.reduce((a, b) => a * b, 1);
  const chosen = sample(size, Math.max(1, Math.min(size, Math.ceil(wanted / images))), random);
  const feeds = { [places]: integerValues(BigInt64Array.from(chosen, BigInt), [chosen.length]) };
  return { feeds, count: chosen.length * images };
}
