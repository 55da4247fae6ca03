import { StrictMode } from "react";
import { createRoot } from "react-dom/client";
import { App } from "./app.js";
import { openClient } from "./engine/client.js";

const root = document.getElementById("root");
// As long as the page: React's strict mode mounts all twice, and a worker that an effect ends is gone then.
const client = openClient();
if (root)
  createRoot(root).render(
    <StrictMode>
      <App client={client} />
    </StrictMode>,
  );

if (import.meta.env.PROD && "serviceWorker" in navigator)
  navigator.serviceWorker.register(new URL("offline.js", document.baseURI)).catch(() => {
    // The page works without it; only not offline.
  });
