import { folderStore } from "../files/folder-store.js";
import { s3StoreAt } from "../files/s3-store.js";
import type { ContentStore } from "../files/store.js";
import type { Connected } from "./connect.js";

/** The store of a name: "queue", `s3://bucket/prefix`, or a folder that all machines see. */
export async function openStore(place: string, connected: Pick<Connected, "store">): Promise<ContentStore> {
  if (place === "queue") return connected.store();
  return place.startsWith("s3://") ? s3StoreAt(place) : folderStore(place);
}
