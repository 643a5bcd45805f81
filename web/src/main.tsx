import { StrictMode } from "react";
import { createRoot } from "react-dom/client";
import { App } from "./app/App";
import { applyTheme, storedLocale } from "./app/preferences";
import { loadCatalogue } from "./i18n";
import { session } from "./api/client";
import "./styles.css";

applyTheme();
const root = document.getElementById("root");
await Promise.all([loadCatalogue(storedLocale()), session.start()]);
if (root) {
  createRoot(root).render(
    <StrictMode>
      <App />
    </StrictMode>,
  );
}
