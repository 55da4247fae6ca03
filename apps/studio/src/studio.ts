import type { Axis } from "@prune/graph";
import type { Picture } from "@prune/report";
import type { Lit } from "@prune/report/view";
import { useCallback, useEffect, useRef, useState } from "react";
import type { Client } from "./engine/client.js";
import type {
  Choice,
  Compared,
  Made,
  NamedFile,
  Numbers,
  OpenedModel,
  ShownGroup,
} from "./engine/protocol.js";
import { rangesOf } from "./parts/node-panel.js";
import { choiceOf, linkTo } from "./share.js";

/** A step of a job under way, in words. */
export interface Making {
  readonly text: string;
  /** How far it is, 0 to 1, where that is known. */
  readonly share?: number;
}

/** All that the page shows, and what can be asked of it. */
export interface Studio {
  readonly opened: OpenedModel | undefined;
  readonly opening: string | undefined;
  readonly error: string | undefined;
  readonly choice: Choice;
  readonly numbers: Numbers | undefined;
  /** The picture with what the choice removes. */
  readonly picture: Picture | undefined;
  /** The place of the node that is looked at. */
  readonly node: number | undefined;
  readonly axes: readonly Axis[];
  readonly root: { readonly axis: Axis; readonly indices: readonly number[] } | undefined;
  readonly group: ShownGroup | undefined;
  readonly lit: ReadonlyMap<number, Lit> | undefined;
  readonly made: Made | undefined;
  readonly making: Making | undefined;
  readonly samples: readonly NamedFile[];
  readonly compared: Compared | undefined;
  /** What a screen reader announces. */
  readonly spoken: string;
  open(files: readonly NamedFile[]): void;
  choose(change: Partial<Choice>): void;
  select(node: number): void;
  selectAxis(axis: string): void;
  toggle(axis: Axis, index: number): void;
  clearGroup(): void;
  setSamples(files: readonly NamedFile[]): void;
  make(): void;
  cancel(): void;
  compare(files: readonly NamedFile[]): void;
  link(): string;
}

const textOf = (error: unknown): string => (error instanceof Error ? error.message : String(error));

export function useStudio(client: Client): Studio {
  const [opened, setOpened] = useState<OpenedModel>();
  const [opening, setOpening] = useState<string>();
  const [error, setError] = useState<string>();
  const [choice, setChoice] = useState<Choice>(() => choiceOf(globalThis.location.hash));
  const [numbers, setNumbers] = useState<Numbers>();
  const [picture, setPicture] = useState<Picture>();
  const [node, setNode] = useState<number>();
  const [axes, setAxes] = useState<readonly Axis[]>([]);
  const [root, setRoot] = useState<Studio["root"]>();
  const [group, setGroup] = useState<ShownGroup>();
  const [lit, setLit] = useState<ReadonlyMap<number, Lit>>();
  const [made, setMade] = useState<Made>();
  const [making, setMaking] = useState<Making>();
  const [samples, setSamples] = useState<readonly NamedFile[]>([]);
  const [compared, setCompared] = useState<Compared>();
  const [spoken, setSpoken] = useState("");
  const job = useRef<AbortController>(undefined);
  /** Only the last of several questions is answered on the page. */
  const asked = useRef(0);
  const fail = useCallback((reason: unknown) => {
    setError(textOf(reason));
  }, []);

  const clearGroup = useCallback(() => {
    setRoot(undefined);
    setGroup(undefined);
    setLit(undefined);
  }, []);

  const open = useCallback(
    (files: readonly NamedFile[]) => {
      setError(undefined);
      setOpening("Reading and tracing");
      const onProgress = (progress: unknown): void => setOpening(String(progress));
      client.call("open", [files], { onProgress }).then(
        (model) => {
          setOpening(undefined);
          setNumbers(undefined);
          setPicture(undefined);
          setNode(undefined);
          setAxes([]);
          setMade(undefined);
          setCompared(undefined);
          clearGroup();
          setOpened(model);
          setSpoken(`${model.name} is open: ${model.picture.nodes.length} nodes.`);
        },
        (reason) => {
          setOpening(undefined);
          fail(reason);
        },
      );
    },
    [client, clearGroup, fail],
  );

  useEffect(() => {
    if (!opened) return;
    const id = ++asked.current;
    setMade(undefined);
    client.call("numbers", [choice]).then(
      (found) => {
        if (id !== asked.current) return;
        setError(undefined);
        setNumbers(found);
      },
      (reason) => {
        if (id === asked.current) fail(reason);
      },
    );
    const later = setTimeout(() => {
      client.call("picture", [choice]).then((found) => {
        if (id === asked.current) setPicture(found);
      }, fail);
    }, 160);
    return () => clearTimeout(later);
  }, [client, opened, choice, fail]);

  const select = useCallback(
    (place: number) => {
      setNode(place);
      const tensors = opened?.picture.nodes[place]?.parameters.map(({ name }) => name) ?? [];
      client.call("axes", [tensors]).then(setAxes, fail);
    },
    [client, opened, fail],
  );

  const show = (axis: Axis, indices: readonly number[]): void => {
    if (indices.length === 0) {
      clearGroup();
      return;
    }
    setRoot({ axis, indices });
    client.call("group", [axis, indices]).then((found) => {
      setGroup(found);
      setLit(litOf(opened?.picture, found));
      setSpoken(`${found.items.length} axes lose positions together.`);
    }, fail);
  };

  return {
    opened,
    opening,
    error,
    choice,
    numbers,
    picture,
    node,
    axes,
    root,
    group,
    lit,
    made,
    making,
    samples,
    compared,
    spoken,
    open,
    choose: (change) => setChoice((before) => ({ ...before, ...change })),
    select,
    selectAxis(text) {
      const tensor = text.replace(/:[\d,]+( of .*)?$/, "");
      const place = opened?.picture.nodes.findIndex(({ parameters }) =>
        parameters.some(({ name }) => name === tensor),
      );
      if (place !== undefined && place >= 0) select(place);
    },
    toggle(axis, index) {
      const before = root?.axis === axis ? root.indices : [];
      const without = before.filter((i) => i !== index);
      show(axis, without.length < before.length ? without : [...before, index].sort((a, b) => a - b));
    },
    clearGroup,
    setSamples,
    make() {
      const abort = new AbortController();
      job.current = abort;
      setError(undefined);
      setMade(undefined);
      setMaking({ text: "Cutting" });
      const onProgress = (progress: unknown): void => setMaking(progress as Making);
      client.call("make", [choice, samples], { signal: abort.signal, onProgress }).then(
        (found) => {
          setMade(found);
          setMaking(undefined);
          setSpoken("The smaller model is made.");
        },
        (reason) => {
          setMaking(undefined);
          fail(reason);
        },
      );
    },
    cancel: () => job.current?.abort(),
    compare(files) {
      setError(undefined);
      client.call("compare", [files]).then((found) => {
        setCompared(found);
        if (found.picture) setPicture(found.picture);
      }, fail);
    },
    link: () => linkTo(choice),
  };
}

/** The nodes of a group in the order of its breadth-first walk, with the positions that each loses. */
function litOf(picture: Picture | undefined, group: ShownGroup): ReadonlyMap<number, Lit> {
  const found = new Map<number, Lit>();
  if (!picture) return found;
  const waves = new Map<string, number>();
  const places = new Map<string, number>();
  picture.nodes.forEach(({ outputs, name }, place) => {
    for (const output of outputs) places.set(output.name, place);
    places.set(name, place);
  });
  const readers = new Map<string, number[]>();
  picture.nodes.forEach(({ parameters }, place) => {
    for (const { name } of parameters) readers.set(name, [...(readers.get(name) ?? []), place]);
  });
  for (const { from, axis, indices } of group.items) {
    const wave =
      waves.has(from) && from !== axis.tensor
        ? (waves.get(from) as number) + 1
        : (waves.get(axis.tensor) ?? 0);
    if (!waves.has(axis.tensor)) waves.set(axis.tensor, wave);
    const label = `${axis.dims.length > 0 ? `dim ${axis.dims.join(",")}: ` : ""}${rangesOf(indices)}`;
    const at = places.get(axis.tensor);
    for (const place of at === undefined ? (readers.get(axis.tensor) ?? []) : [at]) {
      const before = found.get(place);
      found.set(place, { wave: Math.min(wave, before?.wave ?? wave), label: before?.label ?? label });
    }
  }
  return found;
}
