import { StrictMode } from "react";
import { createRoot } from "react-dom/client";
import { App } from "./app/App";
import { leaveWithOthers } from "./app/leave";
import { applyTheme, storedLocale } from "./app/preferences";
import { loadCatalogue } from "./i18n";
import { session } from "./api/client";
import { kept, queries } from "./app/queryClient";
import { keepReads, restoreReads } from "./offline/keptReads";
import "./styles.css";

/** A network that swallows packets must not keep a driver from what is on the device. */
const PATIENCE_MS = 3_000;

applyTheme();
const root = document.getElementById("root");
const patience = new Promise((resolve) => setTimeout(resolve, PATIENCE_MS));
await Promise.all([loadCatalogue(storedLocale()), Promise.race([session.start(), patience])]);
// What is kept belongs to the person whose session this is; a browser that cannot read it shows less.
if (session.state !== "none") await restoreReads(queries, kept, Date.now()).catch(() => undefined);
keepReads(queries, kept);
leaveWithOthers(queries);
if (root) {
  createRoot(root).render(
    <StrictMode>
      <App />
    </StrictMode>,
  );
}
