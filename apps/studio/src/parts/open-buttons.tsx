import { useRef } from "react";
import type { NamedFile } from "../engine/protocol.js";
import { pickedFiles } from "./files.js";

interface OpenButtonsProps {
  readonly onOpen: (files: readonly NamedFile[]) => void;
  readonly primary?: boolean;
}

/** Opens files, or a folder for models of several. */
export function OpenButtons({ onOpen, primary = false }: OpenButtonsProps): React.ReactElement {
  const files = useRef<HTMLInputElement>(null);
  const folder = useRef<HTMLInputElement>(null);
  const picked = (event: React.ChangeEvent<HTMLInputElement>): void => {
    const found = pickedFiles(event.target.files);
    if (found.length > 0) onOpen(found);
    event.target.value = "";
  };
  return (
    <>
      <button type="button" className={primary ? "primary" : ""} onClick={() => files.current?.click()}>
        Open a model
      </button>
      <button type="button" onClick={() => folder.current?.click()}>
        Open a folder
      </button>
      <input
        ref={files}
        type="file"
        multiple
        className="hidden"
        tabIndex={-1}
        aria-label="Model files"
        onChange={picked}
      />
      <input
        ref={folder}
        type="file"
        className="hidden"
        tabIndex={-1}
        aria-label="Model folder"
        onChange={picked}
        {...{ webkitdirectory: "" }}
      />
    </>
  );
}
