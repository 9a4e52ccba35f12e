/** Builds the pages: one script for looking around, one for the wallet's worker, and the rest when somebody goes there. */
import react from "@vitejs/plugin-react";
import { defineConfig } from "vite";

export default defineConfig({
  root: import.meta.dirname,
  plugins: [react()],
  worker: {
    format: "es",
    // In a folder of their own: a worker's script carries the policy that the worker is held to, so it is asked for anew
    // while everything in assets is kept for ever.
    rolldownOptions: { output: { entryFileNames: "workers/[name]-[hash].js" } },
  },
  build: {
    outDir: "dist",
    target: "es2022",
    // The first that know light-dark(): rewritten for older ones it follows the system, and not whoever chose dark here.
    cssTarget: ["chrome123", "edge123", "firefox120", "safari17.5"],
    // What a page shows is never in its address as data: the policy forbids it.
    assetsInlineLimit: 0,
  },
});
