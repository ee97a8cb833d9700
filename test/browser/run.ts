/**
 * The tests of pages, in Chromium: the bundle of `browser.ts`, and every WGSL kernel under another compiler than Deno's.
 *
 * ```sh
 * deno task test:browser                  # each kernel once, in awkward shapes: what CI runs
 * deno task test:browser --all            # every case of every op
 * deno task test:browser --only attention # those whose names have the word
 * ```
 *
 * The last line says how many passed and failed.
 *
 * @module
 */
import { basename, join } from "node:path";
import { parseArgs } from "node:util";
import { bundle, bundleTests, ROOT } from "./bundle.ts";
import { type Browser, findChromium, startChromium } from "./chromium.ts";
import { chosenTests } from "./choice.ts";
import type { Outcome } from "./page/registry.ts";
import { servePages } from "./server.ts";

const { values: flags } = parseArgs({
  options: { all: { type: "boolean", default: false }, only: { type: "string", default: "" } },
});

/** A test that takes longer hangs. */
const LONGEST_MS = 600_000;

/** What a bundle of tests offers to the page that imports it. */
interface TestModule {
  testNames(): string[];
  runTest(name: string): Promise<Outcome>;
  /** Files of kernels that ran since this was last asked; only where there are kernels to test. */
  takeKernels?(): string[];
  /** Files of all kernels. */
  readonly kernelFiles?: readonly string[];
}

let passed = 0;
let failed = 0;

function report(name: string, error: string | undefined, ms?: number): void {
  const time = ms === undefined ? "" : ` (${Math.round(ms)} ms)`;
  if (error === undefined) passed++;
  else failed++;
  console.log(`${error === undefined ? "ok    " : "FAILED"} ${name}${time}`);
  // What follows the first line is the source of a kernel.
  if (error !== undefined) console.log(`       ${error.split("\n")[0]}`);
}

/** What is shown of a run in a page. */
interface PageRun {
  /** What the tests are of. */
  readonly title: string;
  /** The bundle that registers them. */
  readonly tests: Uint8Array<ArrayBuffer>;
  /** The bundle of the library. */
  readonly library: Uint8Array<ArrayBuffer>;
  /** Whether the page has shared memory. */
  readonly isolated: boolean;
  /** Which of them are run. */
  choose(names: readonly string[]): string[];
  /** Looks at the page when all have run. */
  after?(ran: readonly string[], files: readonly string[]): void;
}

async function runInPage(browser: Browser, run: PageRun): Promise<void> {
  const scripts: Record<string, Uint8Array<ArrayBuffer>> = {
    "/tests.js": run.tests,
    "/bittext.js": run.library,
  };
  await using server = servePages({
    isolated: run.isolated,
    find(path) {
      if (path === "/") return { body: "<!doctype html><title>BitText</title>", type: "text/html" };
      if (path in scripts) return { body: scripts[path], type: "text/javascript" };
      if (path.startsWith("/test/golden/")) return { file: join(ROOT, path) };
      return undefined;
    },
  });
  const page = await browser.newPage();
  const crashed = new Promise<never>((_, reject) => {
    page.on("crash", () => reject(new Error("the page crashed")));
  });
  page.on("pageerror", (error) => report(`${run.title}: an error in the page`, error.message));
  await page.goto(`${server.origin}/`);
  const names = await Promise.race([
    crashed,
    page.evaluate(async () => {
      const address = "/tests.js";
      const module: TestModule = await import(address);
      Object.assign(globalThis, { module });
      return module.testNames();
    }, undefined),
  ]);
  const chosen = run.choose(names).filter((name) => name.includes(flags.only));
  console.log(`\n${run.title}: ${chosen.length} of ${names.length} tests`);
  for (const name of chosen) {
    let timer: ReturnType<typeof setTimeout> | undefined;
    const late = new Promise<Outcome>((resolve) => {
      const error = `it did not end within ${LONGEST_MS / 1000} s`;
      timer = setTimeout(() => resolve({ ms: LONGEST_MS, error }), LONGEST_MS);
    });
    const { error, ms } = await Promise.race([
      crashed,
      late,
      page.evaluate((name: string) => {
        return (globalThis as unknown as { module: TestModule }).module.runTest(name);
      }, name),
    ]);
    clearTimeout(timer);
    report(name, error, ms);
  }
  if (run.after) {
    const [ran, files] = await page.evaluate(() => {
      const { module } = globalThis as unknown as { module: TestModule };
      return [module.takeKernels!(), module.kernelFiles!];
    }, undefined);
    run.after(ran, files);
  }
  await page.close();
}

/** Test files of kernels: those of ops, but for what looks at the repository, and of the ceilings. */
async function kernelTestFiles(): Promise<string[]> {
  const folder = join(ROOT, "test/ops");
  const files = [join(ROOT, "test/bench/measure_test.ts")];
  for await (const { name } of Deno.readDir(folder)) {
    if (!name.endsWith("_test.ts")) continue;
    const source = await Deno.readTextFile(join(folder, name));
    if (!/\bDeno\.(?!test\b)/.test(source)) files.push(join(folder, name));
  }
  return files.sort((a, b) => basename(a) < basename(b) ? -1 : 1);
}

async function main(): Promise<number> {
  const start = performance.now();
  const executable = await findChromium();
  if (executable === undefined) {
    console.error(
      "Cannot test pages: there is no Chromium; install it (Debian and Ubuntu: apt-get install chromium) " +
        "or set CHROMIUM to its path",
    );
    return 2;
  }
  const library = await bundle(join(ROOT, "browser.ts"), { minify: true });
  const libraryTests = await bundle(join(ROOT, "test/browser/page/library_entry.ts"), {
    test: true,
  });
  const kernelTests = await bundleTests(await kernelTestFiles());
  const browser = await startChromium(executable);
  try {
    console.log(`Chromium ${browser.version()}, ${executable}`);
    const all = (names: readonly string[]) => [...names];
    const ofLibrary = { tests: libraryTests, library, choose: all };
    await runInPage(browser, { ...ofLibrary, title: "An isolated page", isolated: true });
    await runInPage(browser, { ...ofLibrary, title: "Any other page", isolated: false });
    await runInPage(browser, {
      title: "Kernels",
      tests: kernelTests,
      library,
      isolated: true,
      choose(names) {
        // What needs no GPU is no other than under Deno.
        const onGpu = names.filter((name) => name.endsWith("[webgpu]"));
        return flags.all || flags.only !== "" ? onGpu : chosenTests(onGpu);
      },
      after(ran, files) {
        if (flags.only !== "") return;
        const missing = files.filter((file) => !ran.includes(file));
        const error = missing.length === 0 ? undefined : `not ${missing.join(", ")}`;
        report(`every kernel has run: ${files.length} files of WGSL`, error);
      },
    });
  } finally {
    await browser.close();
  }
  if (passed + failed === 0) report("no test has this in its name", flags.only);
  console.log(`\n${Math.round((performance.now() - start) / 1000)} s`);
  console.log(`${passed} passed, ${failed} failed`);
  return failed === 0 ? 0 : 1;
}

Deno.exit(await main());
