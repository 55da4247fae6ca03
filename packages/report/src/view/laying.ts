/// <reference lib="dom" />
import type { NetworkBlock } from "../blocks.js";
import { type LayoutRequest, layOutAsked, type PictureLayout, withBlocksOf } from "./nested-layout.js";

/** The layout of a view, and what waits for the next one. */
interface Laying {
  /** The last that was made; empty until the first is. */
  readonly layout: PictureLayout;
  /** Lays out what is open now, and then goes on. */
  lay(then: () => void): void;
  /** Goes on once the boxes are those of what is open. */
  whenLaid(then: () => void): void;
  /** A layout under way is of no use any more. */
  end(): void;
}

interface LayingOptions {
  readonly canvas: HTMLCanvasElement;
  readonly root: NetworkBlock;
  readonly request: () => LayoutRequest;
  /** Lays out elsewhere; at once and here where it is not given, and here where it fails. */
  readonly elsewhere: ((asked: LayoutRequest) => Promise<PictureLayout>) | undefined;
}

export function createLaying({ canvas, root, request, elsewhere }: LayingOptions): Laying {
  let layout: PictureLayout = { width: 0, height: 0, boxes: [], lines: [] };
  /** Layouts that were asked for; only the last is shown. */
  let asked = 0;
  let isUnderWay = false;
  let waiting: (() => void)[] = [];
  const laid = (next: PictureLayout): void => {
    layout = next;
    isUnderWay = false;
    const then = waiting;
    waiting = [];
    for (const goOn of then) goOn();
  };
  const layElsewhere = async (
    id: number,
    wanted: LayoutRequest,
    by: NonNullable<LayingOptions["elsewhere"]>,
  ): Promise<void> => {
    const found = await by(wanted).catch(() => undefined);
    if (id !== asked) return;
    canvas.removeAttribute("aria-busy");
    laid(found ? withBlocksOf(root, found) : layOutAsked(wanted));
  };
  return {
    get layout() {
      return layout;
    },
    lay(then) {
      waiting.push(then);
      const id = ++asked;
      const wanted = request();
      if (!elsewhere) {
        laid(layOutAsked(wanted));
        return;
      }
      isUnderWay = true;
      canvas.setAttribute("aria-busy", "true");
      layElsewhere(id, wanted, elsewhere);
    },
    whenLaid(then) {
      if (isUnderWay) waiting.push(then);
      else then();
    },
    end() {
      asked++;
      waiting = [];
      canvas.removeAttribute("aria-busy");
    },
  };
}
