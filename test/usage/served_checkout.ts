/**
 * The checkout as a web server shows it.
 *
 * @module
 */
import { join, normalize } from "node:path";
import { root } from "./program.ts";

const TYPES: Readonly<Record<string, string>> = { ts: "text/typescript", json: "application/json" };

/** Serves the checkout on this machine while `use` runs. */
export async function withServedCheckout(
  use: (origin: string, host: string) => Promise<void>,
): Promise<void> {
  const options = { port: 0, hostname: "127.0.0.1", onListen() {} };
  const server = Deno.serve(options, async (request) => {
    const path = normalize(decodeURIComponent(new URL(request.url).pathname));
    try {
      const type = TYPES[path.split(".").at(-1)!] ?? "text/plain";
      const body = await Deno.readFile(join(root, path));
      return new Response(body, { headers: { "content-type": type } });
    } catch {
      return new Response("not found", { status: 404 });
    }
  });
  const host = `127.0.0.1:${server.addr.port}`;
  try {
    await use(`http://${host}`, host);
  } finally {
    await server.shutdown();
  }
}
