import { percentText, shortNumber } from "@prune/report/view";
import type { NamedFile, OpenedModel } from "../engine/protocol.js";
import { OpenButtons } from "./open-buttons.js";

interface BarProps {
  readonly opened: OpenedModel;
  readonly onOpen: (files: readonly NamedFile[]) => void;
}

/** What is open, in numbers. */
export function Bar({ opened, onOpen }: BarProps): React.ReactElement {
  const { cost, prunable } = opened;
  return (
    <header className="bar">
      <h1>prune studio</h1>
      <span className="model">{opened.name}</span>
      <div className="facts">
        <span>{opened.format}</span>
        <span>
          <b>{shortNumber(cost.parameters)}</b> parameters
        </span>
        <span title={opened.counted}>
          <b>{shortNumber(cost.macs)}</b> MACs
        </span>
        <span>
          <b>{shortNumber(cost.bytes)}B</b>
        </span>
        <span>
          <b>{percentText(prunable.share)}</b> of the parameters can be cut
        </span>
      </div>
      <span className="grow" />
      <OpenButtons onOpen={onOpen} />
    </header>
  );
}
