import type { Axis } from "@prune/graph";
import type { DescribedGroup, Picture } from "@prune/report";
import { type LitNode, litOf, placesByTensor } from "@prune/report/view";
import { useCallback, useEffect, useRef, useState } from "react";
import type { CallOptions, Client } from "./engine/client.js";
import type {
  Beside,
  Choice,
  Compared,
  Linked,
  Made,
  MakeHow,
  NamedFile,
  Numbers,
  OpenedModel,
  Samples,
} from "./engine/protocol.js";
import type { Making, Studio } from "./page.js";
import { withSounds } from "./parts/decoded-sounds.js";
import { choiceOf, linkedOf, linkTo } from "./share.js";

const noSamples: Samples = { files: [], scaling: "unit", rate: 16_000 };

const textOf = (error: unknown): string => (error instanceof Error ? error.message : String(error));

export function useStudio(client: Client): Studio {
  const [opened, setOpened] = useState<OpenedModel>();
  const [opening, setOpening] = useState<string>();
  const [error, setError] = useState<string>();
  const [choice, setChoice] = useState<Choice>(() => choiceOf(globalThis.location.hash));
  const [refused, setRefused] = useState<string>();
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
  /** The plan of the link that the page was opened by, until a model takes it. */
  const linked = useRef<Linked>(linkedOf(globalThis.location.hash));
  const files = useRef<readonly NamedFile[]>(undefined);
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
    (chosen: readonly NamedFile[]) => {
      setError(undefined);
      setOpening("Reading and tracing");
      const onProgress = (progress: unknown): void => setOpening(String(progress));
      const args = linked.current ? ([chosen, linked.current] as const) : ([chosen] as const);
      client.call("open", [...args], { onProgress }).then(
        (model) => {
          files.current = chosen;
          const { refused: why } = model.link ?? {};
          // Another model may be the one that it is of.
          if (!why) linked.current = undefined;
          setRefused(why?.message);
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

  // A link that is opened where the page is open changes the fragment alone.
  useEffect(() => {
    const follow = (): void => {
      const { hash } = globalThis.location;
      linked.current = linkedOf(hash);
      setChoice(choiceOf(hash));
      if (files.current) open(files.current);
    };
    globalThis.addEventListener("hashchange", follow);
    return () => globalThis.removeEventListener("hashchange", follow);
  }, [open]);

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
    refused,
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
    choose(change) {
      setRefused(undefined);
      setChoice((before) => ({ ...before, ...change }));
    },
    select,
    goToTensor(tensor) {
      const place = opened && placesByTensor(opened.picture).get(tensor)?.[0];
      if (place !== undefined) select(place);
    },
    keepWhole(tensor, keeps) {
      setRefused(undefined);
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
    link: () =>
      client.call("link", [choice, made?.recipe]).then(
        (found) => ({
          recipe: found.recipe,
          ...("plan" in found
            ? { address: linkTo(choice, found.plan) }
            : { address: linkTo(choice), refused: found.refused.message }),
        }),
        (reason: unknown) => {
          fail(reason);
          return undefined;
        },
      ),
  };
}
