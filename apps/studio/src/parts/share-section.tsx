import { useState } from "react";
import type { Link, Studio } from "../page.js";
import { download, fileStem } from "./files.js";

/** A link to the options and the plan. */
export function ShareSection({ studio }: { readonly studio: Studio }): React.ReactElement {
  const { opened, numbers, making } = studio;
  const [link, setLink] = useState<Link>();
  const share = async (): Promise<void> => {
    const found = await studio.link();
    setLink(found);
    if (!found) return;
    // Unlike another fragment, this is no move to another page that goes back to this one.
    history.replaceState(undefined, "", found.address);
    navigator.clipboard?.writeText(found.address).catch(() => {
      // The address bar has it.
    });
  };
  return (
    <section aria-label="Share">
      <h2>Share</h2>
      <div className="row">
        <button type="button" disabled={!numbers || making !== undefined} onClick={share}>
          Copy a link to this plan
        </button>
        {link?.refused ? (
          <button
            type="button"
            onClick={() =>
              download(
                `${fileStem(opened?.name)}-recipe.json`,
                `${JSON.stringify(link.recipe, null, 2)}\n`,
                "application/json",
              )
            }
          >
            Recipe of the plan
          </button>
        ) : null}
      </div>
      {link?.refused ? (
        <p className="bad" role="status">
          {link.refused}
        </p>
      ) : null}
      <p className="note">
        The link holds the options and what leaves by them, never the model: who opens it opens the same model
        there, and a plan of another one is refused.
      </p>
    </section>
  );
}
