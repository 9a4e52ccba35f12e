/** Where the pages begin. */
import { StrictMode } from "react";
import { createRoot } from "react-dom/client";
import { App } from "./App.tsx";

const root = document.getElementById("root");
if (root === null) throw new Error("the page has no place for the market");
createRoot(root).render(
  <StrictMode>
    <App />
  </StrictMode>,
);
