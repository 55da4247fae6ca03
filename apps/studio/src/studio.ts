import type { Axis } from "@prune/graph";
import type { DescribedGroup, Picture } from "@prune/report";
import { type LitNode, litOf, placesByTensor } from "@prune/report/view";
import { useCallback, useEffect, useRef, useState } from "react";
import type { CallOptions, Client } from "./engine/client.js";
import type {
  Beside,
  Choice,
  Compared,
  Made,
  MakeHow,
  NamedFile,
  Numbers,
  OpenedModel,
  Samples,
} from "./engine/protocol.js";
import { withSounds } from "./parts/decoded-sounds.js";
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
  readonly group: DescribedGroup | undefined;
  readonly lit: ReadonlyMap<number, LitNode> | undefined;
  readonly made: Made | undefined;
  readonly making: Making | undefined;
  /** What is done besides cutting, and on which samples. */
  readonly how: MakeHow;
  /** What the original and what was made answer to the samples. */
  readonly beside: Beside | undefined;
  /** What half of a layer's units leaving does, by place of a node; undefined until it is measured. */
  readonly sensitivity: ReadonlyMap<number, number> | undefined;
  readonly compared: Compared | undefined;
  /** What a screen reader announces. */
  readonly spoken: string;
  open(files: readonly NamedFile[]): void;
  choose(change: Partial<Choice>): void;
  select(node: number): void;
  /** The node that makes a tensor, or the first that reads it where it is stored. */
  goToTensor(tensor: string): void;
  /** Keeps a layer whole, or lets it lose units again; by the name of a tensor of it. */
  keepWhole(tensor: string, keeps: boolean): void;
  /** Shows what leaves with some positions. */
  lightUp(axis: Axis, indices: readonly number[]): void;
  toggle(axis: Axis, index: number): void;
  clearGroup(): void;
  setHow(change: Partial<MakeHow>): void;
  make(): void;
  /** Removes what changes no output, and nothing else. */
  lossless(): void;
  /** Times both models on the graphics card. */
  timeOnGraphics(): void;
  compareOutputs(): void;
  measureSensitivity(): void;
  /** What the choice would make, as one HTML file. */
  report(): Promise<string | undefined>;
  cancel(): void;
  compare(files: readonly NamedFile[]): void;
  link(): string;
}

const noSamples: Samples = { files: [], scaling: "unit", rate: 16_000 };

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
  const [group, setGroup] = useState<DescribedGroup>();
  const [lit, setLit] = useState<ReadonlyMap<number, LitNode>>();
  const [made, setMade] = useState<Made>();
  const [making, setMaking] = useState<Making>();
  const [how, setHow] = useState<MakeHow>({ samples: noSamples, recover: true, minutes: 0 });
  const [beside, setBeside] = useState<Beside>();
  const [sensitivity, setSensitivity] = useState<ReadonlyMap<number, number>>();
  const [compared, setCompared] = useState<Compared>();
  const [spoken, setSpoken] = useState("");
  const job = useRef<AbortController>(undefined);
  /** Only the last of several questions is answered on the page. */
  const asked = useRef(0);
  /** What is open now; an answer about what was open before is none. */
  const shown = useRef<OpenedModel>(undefined);
  /** Settles once the numbers that were asked for last are there. */
  const counted = useRef<Promise<void>>(Promise.resolve());
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
          setBeside(undefined);
          setSensitivity(undefined);
          clearGroup();
          shown.current = model;
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
    setBeside(undefined);
    // A hand moves faster than a large model is planned: what it passed over meanwhile is never asked.
    counted.current = counted.current.then(async () => {
      if (id !== asked.current) return;
      try {
        const found = await client.call("numbers", [choice]);
        if (shown.current !== opened) return;
        setError(undefined);
        setNumbers(found);
      } catch (reason) {
        if (id === asked.current) fail(reason);
      }
    });
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
      const { parameters = [], outputs = [] } = opened?.picture.nodes[place] ?? {};
      const tensors = [...parameters, ...outputs].map(({ name }) => name);
      client.call("axes", [[...new Set(tensors)]]).then(setAxes, fail);
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
      setLit(opened && litOf(opened.picture, found));
      setSpoken(`${found.items.length} axes lose positions together.`);
    }, fail);
  };

  /** A job that takes its time: one at once, with progress, and cancelled by the page. */
  const begin = <T>(
    text: string,
    call: (options: CallOptions) => Promise<T>,
    done: (found: T) => void,
  ): void => {
    const abort = new AbortController();
    job.current = abort;
    setError(undefined);
    setMaking({ text });
    const onProgress = (progress: unknown): void => setMaking(progress as Making);
    call({ signal: abort.signal, onProgress })
      .then(done, fail)
      .finally(() => setMaking(undefined));
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
    how,
    beside,
    sensitivity,
    compared,
    spoken,
    open,
    choose: (change) => setChoice((before) => ({ ...before, ...change })),
    select,
    goToTensor(tensor) {
      const place = opened && placesByTensor(opened.picture).get(tensor)?.[0];
      if (place !== undefined) select(place);
    },
    keepWhole(tensor, keeps) {
      setChoice((before) => {
        const others = before.ignore.filter((pattern) => pattern !== tensor);
        return { ...before, ignore: keeps ? [...others, tensor] : others };
      });
    },
    lightUp: show,
    toggle(axis, index) {
      const before = root?.axis === axis ? root.indices : [];
      const without = before.filter((i) => i !== index);
      show(axis, without.length < before.length ? without : [...before, index].sort((a, b) => a - b));
    },
    clearGroup,
    setHow: (change) => setHow((before) => ({ ...before, ...change })),
    make() {
      setMade(undefined);
      setBeside(undefined);
      begin(
        "Cutting",
        async (options) =>
          client.call("make", [choice, { ...how, samples: await withSounds(how.samples) }], options),
        (found) => {
          setMade(found);
          setSpoken("The smaller model is made.");
        },
      );
    },
    lossless() {
      setMade(undefined);
      setBeside(undefined);
      begin(
        "Looking for what changes no output",
        (options) => client.call("lossless", [], options),
        (found) => {
          setMade(found);
          setSpoken("What changes no output is removed.");
        },
      );
    },
    timeOnGraphics() {
      begin(
        "Timing both models on the graphics card",
        (options) => client.call("graphics", [], options),
        (row) => setMade((before) => before && { ...before, rows: [...before.rows, row] }),
      );
    },
    compareOutputs() {
      begin(
        "Running both models",
        async (options) => client.call("beside", [await withSounds(how.samples)], options),
        (found) => {
          setBeside(found);
          setSpoken(`${found.samples.length} samples are shown beside each other.`);
        },
      );
    },
    measureSensitivity() {
      begin(
        "Measuring sensitivity",
        async (options) => client.call("sensitivity", [choice, await withSounds(how.samples)], options),
        (found) => {
          setSensitivity(found);
          setSpoken("The sensitivity of every layer is measured.");
        },
      );
    },
    report: () =>
      client.call("report", [choice]).catch((reason: unknown) => {
        fail(reason);
        return undefined;
      }),
    cancel: () => job.current?.abort(),
    compare(files) {
      setError(undefined);
      client.call("compare", [files]).then((found) => {
        clearGroup();
        setCompared(found);
        setPicture(found.picture);
      }, fail);
    },
    link: () => linkTo(choice),
  };
}
