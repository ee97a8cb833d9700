/**
 * Serves pages, bundles and golden files to the browser.
 *
 * @module
 */

/** What is served at a path: its content, or where it lies on disk. */
export type Served = { readonly body: BodyInit; readonly type: string } | { readonly file: string };

/** How pages are served. */
export interface ServeOptions {
  /** Finds what lies at a path; nothing is 404. */
  find(path: string): Served | undefined;
  /** Whether pages are isolated from others, which gives them shared memory. */
  readonly isolated: boolean;
}

/** A server on a port of its own. */
export interface PageServer extends AsyncDisposable {
  /** Where it serves, without a slash at the end. */
  readonly origin: string;
}

/** What the pages may do: no script that is not served from here, and no code from text but WebAssembly. */
const POLICY = "default-src 'self'; script-src 'self' 'wasm-unsafe-eval'; worker-src blob:";

/** Starts a server. */
export function servePages({ find, isolated }: ServeOptions): PageServer {
  const headers = {
    "content-security-policy": POLICY,
    ...isolated && {
      "cross-origin-opener-policy": "same-origin",
      "cross-origin-embedder-policy": "require-corp",
    },
  };
  const server = Deno.serve({ hostname: "127.0.0.1", port: 0, onListen() {} }, async (request) => {
    const served = find(new URL(request.url).pathname);
    if (served === undefined) return new Response("not found", { status: 404, headers });
    if ("body" in served) {
      return new Response(served.body, { headers: { ...headers, "content-type": served.type } });
    }
    try {
      const file = await Deno.readFile(served.file);
      return new Response(file, {
        headers: { ...headers, "content-type": "application/octet-stream" },
      });
    } catch {
      return new Response("not found", { status: 404, headers });
    }
  });
  return {
    origin: `http://127.0.0.1:${server.addr.port}`,
    [Symbol.asyncDispose]: () => server.shutdown(),
  };
}
