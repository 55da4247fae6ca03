import { type ColourBy, colourOf, createGraphView, type GraphView } from "@prune/report/view";
import { useEffect, useId, useRef, useState, useSyncExternalStore } from "react";
import { layOut } from "../layout/lay-out.js";
import type { Studio } from "../page.js";

const colours: readonly { readonly by: ColourBy; readonly title: string }[] = [
  { by: "parameters", title: "Parameters" },
  { by: "macs", title: "MACs" },
  { by: "removed", title: "Share removed" },
  { by: "frozen", title: "Frozen" },
  { by: "sensitivity", title: "Sensitivity" },
];

/** The graph, with its tools. */
export function GraphPane({ studio }: { readonly studio: Studio }): React.ReactElement {
  const canvas = useRef<HTMLCanvasElement>(null);
  const view = useRef<GraphView | undefined>(undefined);
  const [by, setBy] = useState<ColourBy>("parameters");
  const [query, setQuery] = useState("");
  const list = useId();
  const theme = useTheme();
  const { opened, picture, lit, select, sensitivity, compared } = studio;

  useEffect(() => {
    if (!canvas.current || !opened) return;
    const made = createGraphView(canvas.current, opened.picture, {
      layOut,
      onSelect: (chosen) => {
        if (typeof chosen === "number") select(chosen);
      },
    });
    view.current = made;
    return () => made.destroy();
  }, [opened, select]);
  useEffect(() => {
    if (picture) view.current?.show(picture);
  }, [picture]);
  useEffect(() => view.current?.light(lit), [lit]);
  // Another model has another view, which has to be told too.
  useEffect(() => view.current?.colourBy(by, sensitivity), [by, sensitivity, opened]);
  // What was just measured is what one wants to see.
  useEffect(() => {
    if (sensitivity) setBy("sensitivity");
  }, [sensitivity]);

  useEffect(() => {
    if (compared) setBy("removed");
  }, [compared]);

  const nodes = opened?.picture.nodes ?? [];
  const found = query.length < 2 ? [] : matches(nodes, query);
  const goTo = (text: string): void => {
    const node = nodes.findIndex(({ name }) => name === text);
    const place = node >= 0 ? node : matches(nodes, text)[0];
    if (place === undefined) return;
    view.current?.select(place);
    select(place);
  };
  return (
    <main className="graph">
      <div className="tools" role="toolbar" aria-label="Graph">
        <label>
          Colour
          <select value={by} onChange={(event) => setBy(event.target.value as ColourBy)}>
            {colours.map(({ by: value, title }) =>
              value === "sensitivity" && !sensitivity ? null : (
                <option key={value} value={value}>
                  {title}
                </option>
              ),
            )}
          </select>
        </label>
        <form
          aria-label="Find"
          onSubmit={(event) => {
            event.preventDefault();
            goTo(query);
          }}
        >
          <input
            type="search"
            aria-label="Find a node or tensor"
            placeholder="Find a node or tensor"
            list={list}
            value={query}
            onChange={(event) => setQuery(event.target.value)}
          />
          <datalist id={list}>
            {found.slice(0, 30).map((place) => (
              <option key={place} value={nodes[place]?.name} />
            ))}
          </datalist>
        </form>
        <button type="button" aria-label="Zoom in" onClick={() => view.current?.zoom(1.3)}>
          +
        </button>
        <button type="button" aria-label="Zoom out" onClick={() => view.current?.zoom(1 / 1.3)}>
          −
        </button>
        <button type="button" onClick={() => view.current?.fit()}>
          Fit
        </button>
        <button type="button" onClick={() => view.current?.openAll(true)}>
          Open all
        </button>
        <button type="button" onClick={() => view.current?.openAll(false)}>
          Close all
        </button>
      </div>
      <div className="canvas">
        <canvas
          ref={canvas}
          tabIndex={0}
          role="img"
          aria-label={`The graph of ${opened?.name}: ${nodes.length} nodes. Use the search or the list of layers to choose a node.`}
          onKeyDown={(event) => {
            const step = 60;
            const moves: Record<string, () => void> = {
              ArrowLeft: () => view.current?.pan(step, 0),
              ArrowRight: () => view.current?.pan(-step, 0),
              ArrowUp: () => view.current?.pan(0, step),
              ArrowDown: () => view.current?.pan(0, -step),
              "+": () => view.current?.zoom(1.2),
              "-": () => view.current?.zoom(1 / 1.2),
              "0": () => view.current?.fit(),
            };
            const move = moves[event.key];
            if (!move) return;
            event.preventDefault();
            move();
          }}
        />
        <div className="legend" aria-hidden="true">
          <span>{by === "removed" || by === "frozen" ? "none" : "less"}</span>
          <span className="scale">
            {[0, 0.25, 0.5, 0.75, 1].map((shade) => (
              <i key={shade} style={{ background: colourOf(shade, theme).fill }} />
            ))}
          </span>
          <span>{by === "removed" || by === "frozen" ? "all" : "more"}</span>
        </div>
      </div>
    </main>
  );
}

const prefersDark = globalThis.matchMedia("(prefers-color-scheme: dark)");

/** The scheme of the page, also when it changes. */
const useTheme = (): "light" | "dark" =>
  useSyncExternalStore(
    (changed) => {
      prefersDark.addEventListener("change", changed);
      return () => prefersDark.removeEventListener("change", changed);
    },
    () => (prefersDark.matches ? "dark" : "light"),
  );

/** Places of the nodes whose name, operator or tensors have the text in them. */
function matches(nodes: NonNullable<Studio["opened"]>["picture"]["nodes"], text: string): number[] {
  const wanted = text.toLowerCase();
  const has = (name: string): boolean => name.toLowerCase().includes(wanted);
  return nodes.flatMap(({ name, op, parameters, outputs }, place) =>
    has(name) || has(op) || parameters.some((one) => has(one.name)) || outputs.some((one) => has(one.name))
      ? [place]
      : [],
  );
}
