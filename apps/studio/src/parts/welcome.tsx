import { useState } from "react";
// biome-ignore lint/correctness/useImportExtensions: its address, by Vite
import sample from "../../../cli/sample/glyphs.onnx?url";
import type { NamedFile } from "../engine/protocol.js";
import { droppedFiles } from "./files.js";
import { OpenButtons } from "./open-buttons.js";

interface WelcomeProps {
  readonly onOpen: (files: readonly NamedFile[]) => void;
  readonly opening: string | undefined;
  readonly error: string | undefined;
}

/** Before a model is open. */
export function Welcome({ onOpen, opening, error }: WelcomeProps): React.ReactElement {
  const [over, setOver] = useState(false);
  const openSample = async (): Promise<void> => {
    const file = await (await fetch(sample)).blob();
    onOpen([{ path: "glyphs.onnx", file }]);
  };
  return (
    <main className="app">
      <div className="welcome">
        <h1 className="hidden">prune studio</h1>
        <h2>Make a neural network smaller, and see what leaves with what</h2>
        <p>
          ONNX and TensorFlow.js models are read, cut, proven and measured in this tab. Nothing is uploaded:
          the page can't send a request anywhere.
        </p>
        {/* biome-ignore lint/a11y/noStaticElementInteractions: dropping is a short cut of the buttons inside */}
        <div
          className="drop"
          data-over={over}
          onDragOver={(event) => {
            event.preventDefault();
            setOver(true);
          }}
          onDragLeave={() => setOver(false)}
          onDrop={async (event) => {
            event.preventDefault();
            setOver(false);
            onOpen(await droppedFiles(event.dataTransfer));
          }}
        >
          {opening ? (
            <p role="status">{opening}…</p>
          ) : (
            <>
              <p>Drop a model here: .onnx with its data files, or the folder of a model.json</p>
              <div className="row">
                <OpenButtons onOpen={onOpen} primary />
                <button type="button" onClick={openSample}>
                  Try the sample
                </button>
              </div>
            </>
          )}
        </div>
        {error ? (
          <div className="message" role="alert">
            {error}
          </div>
        ) : null}
      </div>
    </main>
  );
}
