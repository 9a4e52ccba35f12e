/** Opens servers without making whoever opens none load what only servers need: metrics, and what answers for an app. */
import type { Served, ServeOptions } from "./server.ts";

/** As `serve` of server.ts. */
export async function serve(options: ServeOptions): Promise<Served> {
  const server = await import("./server.ts");
  return server.serve(options);
}
