import { useCallback, useEffect, useState } from "react";
import type { Client } from "./engine/client.js";
import type { NamedFile } from "./engine/protocol.js";
import { Bar } from "./parts/bar.js";
import { ChoosePanel } from "./parts/choose-panel.js";
import { ComparePanel } from "./parts/compare-panel.js";
import { GraphPane } from "./parts/graph-pane.js";
import { MakePanel } from "./parts/make-panel.js";
import { NodePanel } from "./parts/node-panel.js";
import { Tabs } from "./parts/tabs.js";
import { Welcome } from "./parts/welcome.js";
import { useStudio } from "./studio.js";

/** The whole page: what is open, its graph, and what can be done with it. */
export function App({ client }: { readonly client: Client }): React.ReactElement {
  const studio = useStudio(client);
  const [tab, setTab] = useState("choose");
  const { opened, opening, error } = studio;

  const openFiles = useCallback((files: readonly NamedFile[]) => studio.open(files), [studio.open]);
  useEffect(() => {
    if (studio.node !== undefined) setTab("node");
  }, [studio.node]);

  if (!opened) return <Welcome onOpen={openFiles} opening={opening} error={error} />;
  return (
    <div className="app">
      <Bar opened={opened} onOpen={openFiles} />
      <GraphPane studio={studio} />
      <aside className="side" aria-label="What to do with the model">
        <Tabs
          tabs={[
            { id: "choose", title: "Choose" },
            { id: "node", title: "Look" },
            { id: "make", title: "Make" },
            { id: "compare", title: "Compare" },
          ]}
          chosen={tab}
          onChoose={setTab}
        >
          {error ? (
            <div className="message" role="alert">
              {error}
            </div>
          ) : null}
          {studio.refused ? (
            <div className="message" role="alert">
              {studio.refused}
            </div>
          ) : null}
          {tab === "choose" ? <ChoosePanel studio={studio} /> : null}
          {tab === "node" ? <NodePanel studio={studio} /> : null}
          {tab === "make" ? <MakePanel studio={studio} /> : null}
          {tab === "compare" ? <ComparePanel studio={studio} /> : null}
        </Tabs>
        <p className="hidden" role="status">
          {studio.spoken}
        </p>
      </aside>
    </div>
  );
}
