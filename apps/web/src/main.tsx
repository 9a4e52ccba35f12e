/** Where the pages begin. */
import { StrictMode } from "react";
import { createRoot } from "react-dom/client";
import { App } from "./App.tsx";
import { shareNonce } from "./shell/nonce.ts";

const root = document.getElementById("root");
if (root === null) throw new Error("the page has no place for the market");
shareNonce();
createRoot(root).render(
  <StrictMode>
    <App />
  </StrictMode>,
);
