/**
 * Finds and starts Chromium.
 *
 * @module
 */
import { join } from "node:path";

/** A browser that runs. */
export interface Browser {
  newPage(): Promise<Page>;
  version(): string;
  close(): Promise<void>;
}

/** A page that is open. */
export interface Page {
  goto(url: string): Promise<unknown>;
  evaluate<R, A>(run: (argument: A) => R | Promise<R>, argument: A): Promise<R>;
  on(event: "pageerror", listener: (error: Error) => void): void;
  on(event: "console", listener: (message: { type(): string; text(): string }) => void): void;
  on(event: "crash", listener: () => void): void;
  close(): Promise<void>;
}

/** Computed, so that nothing but these tests ever downloads it. */
const PLAYWRIGHT = "npm:playwright-core@1.65.1";

const FLAGS = [
  "--headless=new",
  // The sandbox needs privileges that a container does not give; nothing here comes from outside.
  "--no-sandbox",
  "--enable-unsafe-webgpu",
  "--use-webgpu-adapter=swiftshader",
  "--disable-background-networking",
  "--disable-component-update",
  "--disable-quic",
  "--disable-sync",
  "--no-first-run",
];

const NAMES = ["chromium", "chromium-browser", "google-chrome"];

/** Path of the browser: `$CHROMIUM`, or the first on the `PATH`; undefined if there is none. */
export async function findChromium(): Promise<string | undefined> {
  const chosen = Deno.env.get("CHROMIUM");
  if (chosen) return chosen;
  const folders = (Deno.env.get("PATH") ?? "").split(Deno.build.os === "windows" ? ";" : ":");
  for (const path of NAMES.flatMap((name) => folders.map((folder) => join(folder, name)))) {
    if (await Deno.stat(path).then(({ isFile }) => isFile, () => false)) return path;
  }
  return undefined;
}

/** Starts a browser that remembers nothing. */
export async function startChromium(executablePath: string): Promise<Browser> {
  const { chromium } = await import(PLAYWRIGHT);
  return await chromium.launch({ executablePath, args: FLAGS });
}
