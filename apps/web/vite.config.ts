/** Builds the pages: one script for looking around, one for the wallet's worker, and the rest when somebody goes there. */
import react from "@vitejs/plugin-react";
import { defineConfig, type HtmlTagDescriptor, type Plugin, type Rolldown } from "vite";

export default defineConfig({
  root: import.meta.dirname,
  plugins: [react(), firstPage("src/pages/storefront/index.tsx")],
  worker: {
    format: "es",
    // In a folder of their own: a worker's script carries the policy that the worker is held to, so it is asked for anew
    // while everything in assets is kept for ever.
    rolldownOptions: { output: { entryFileNames: "workers/[name]-[hash].js" } },
  },
  build: {
    outDir: "dist",
    target: "es2022",
    // What a page shows is never in its address as data: the policy forbids it.
    assetsInlineLimit: 0,
  },
});

/** Names in the document what most visits see first, so that it is fetched with the frame and not after it. */
function firstPage(source: string): Plugin {
  return {
    name: "first-page",
    transformIndexHtml: {
      order: "post",
      handler(_html, { bundle = {} }) {
        const chunks = Object.values(bundle).filter((each) => each.type === "chunk");
        const page = chunks.find(({ facadeModuleId }) => facadeModuleId?.endsWith(source));
        if (page === undefined) throw new Error(`the build has no chunk of ${source}`);
        return [...closure(page, chunks)].map(preload);
      },
    },
  };
}

/** A chunk with everything that it imports, whatever the entry brings with it excepted. */
function closure(of: Rolldown.OutputChunk, chunks: readonly Rolldown.OutputChunk[]): ReadonlySet<string> {
  const found = new Set<string>();
  const add = (fileName: string) => {
    const chunk = chunks.find((each) => each.fileName === fileName);
    if (chunk === undefined || chunk.isEntry || found.has(fileName)) return;
    found.add(fileName);
    for (const each of chunk.imports) add(each);
  };
  add(of.fileName);
  const [entry] = chunks.filter((each) => each.isEntry);
  for (const each of entry?.imports ?? []) found.delete(each);
  return found;
}

function preload(fileName: string): HtmlTagDescriptor {
  return { tag: "link", attrs: { rel: "modulepreload", crossorigin: true, href: `/${fileName}` }, injectTo: "head" };
}
