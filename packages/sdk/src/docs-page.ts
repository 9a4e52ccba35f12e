/** The API's description as a page: plain HTML, no script, nothing fetched from anywhere. */

interface Described {
  readonly summary?: string;
  readonly parameters?: readonly unknown[];
  readonly responses?: Readonly<Record<string, unknown>>;
}

export function docsPage(document: { readonly paths?: unknown; readonly components?: unknown }): string {
  const paths = (document.paths ?? {}) as Record<string, Record<string, Described>>;
  const { schemas = {} } = (document.components ?? {}) as { schemas?: Record<string, unknown> };
  const operations = Object.entries(paths).flatMap(([path, methods]) =>
    Object.entries(methods).map(([method, described]) => operation(method, path, described)),
  );
  const shapes = Object.entries(schemas).map(([name, schema]) => shape(name, schema));
  return `<!doctype html>
<html lang="en"><head><meta charset="utf-8"><meta name="viewport" content="width=device-width, initial-scale=1">
<title>Counterfoil market</title><style>${STYLE}</style></head><body><main>
<h1>Counterfoil market</h1>
<p>Paying and getting happen together or not at all. Money below marked <b>XTS</b> is play money.</p>
<h2>For machines: <code>POST /wire</code></h2>
<p>One message of canonical CBOR in, one out (<code>application/cbor</code>). What money depends on is signed in the message
itself; problems come as <code>application/problem+json</code> and say what happened to the money.</p>
<h2>Goods: <code>GET /goods/{fileHash}</code></h2>
<p>The encrypted file, an age v1 file, with ranges; <code>/goods/{fileHash}/pieces</code> has the hashes of its pieces. Anyone may
fetch them; only a paid key opens them.</p>
<h2>JSON</h2>
${operations.join("\n")}
<h2>Shapes</h2>
${shapes.join("\n")}
<p><a href="/v1/openapi.json">openapi.json</a></p>
</main></body></html>`;
}

function operation(method: string, path: string, described: Described): string {
  const statuses = Object.keys(described.responses ?? {}).join(", ");
  return `<section><h3><code>${escaped(method.toUpperCase())} ${escaped(path)}</code></h3>
<p>${escaped(described.summary ?? "")} <small>Answers ${escaped(statuses)}.</small></p></section>`;
}

function shape(name: string, schema: unknown): string {
  return `<details><summary>${escaped(name)}</summary><pre>${escaped(JSON.stringify(schema, null, 2))}</pre></details>`;
}

function escaped(text: string): string {
  return text.replace(/[&<>"']/g, (character) => `&#${character.charCodeAt(0)};`);
}

const STYLE = `body{font:16px/1.5 system-ui,sans-serif;margin:0;background:#fcfcfa;color:#1d1d1b}
main{max-width:46rem;margin:2rem auto;padding:0 1rem}code,pre{font-family:ui-monospace,monospace;background:#f0efe9}
pre{padding:1rem;overflow:auto}h2{margin-top:2rem}summary{cursor:pointer;padding:.3rem 0}
@media(prefers-color-scheme:dark){body{background:#161614;color:#eceae4}code,pre{background:#26261f}a{color:#9cf}}`;
