/**
 * Bundles of the tests, and of the library, for pages.
 *
 * @module
 */
import { basename, join } from "node:path";
import { fileURLToPath, pathToFileURL } from "node:url";

/** The repository. */
export const ROOT = fileURLToPath(new URL("../../", import.meta.url));

/** Modules of tests that pages have in another form. */
const TWINS: Readonly<Record<string, string>> = {
  "node:assert/strict": "test/browser/page/assert.ts",
  [pathToFileURL(join(ROOT, "test/devices.ts")).href]: "test/browser/page/devices.ts",
};

/**
 * Bundles a module for browsers.
 *
 * @param entry Its path.
 * @param options Whether to make it small, and whether it is a test.
 * @returns The bundle.
 */
export async function bundle(
  entry: string,
  { minify = false, test = false }: { readonly minify?: boolean; readonly test?: boolean } = {},
): Promise<Uint8Array<ArrayBuffer>> {
  const folder = await Deno.makeTempDir();
  try {
    const map = join(folder, "import_map.json");
    const imports = Object.entries(TWINS).map(([from, to]) => {
      return [from, pathToFileURL(join(ROOT, to)).href];
    });
    await Deno.writeTextFile(map, JSON.stringify({ imports: Object.fromEntries(imports) }));
    const output = join(folder, "bundle.js");
    const { success, stderr } = await new Deno.Command(Deno.execPath(), {
      args: [
        ...["bundle", "--quiet", "--platform=browser", "--no-lock", `--output=${output}`],
        ...minify ? ["--minify"] : [],
        ...test ? [`--import-map=${map}`] : [],
        entry,
      ],
      stdout: "null",
      stderr: "piped",
    }).output();
    if (!success) throw new Error(`Cannot bundle ${entry}: ${new TextDecoder().decode(stderr)}`);
    return await Deno.readFile(output);
  } finally {
    await Deno.remove(folder, { recursive: true });
  }
}

/**
 * A bundle of test files, which registers their tests.
 *
 * @param files Their paths.
 */
export async function bundleTests(files: readonly string[]): Promise<Uint8Array<ArrayBuffer>> {
  const folder = await Deno.makeTempDir();
  try {
    const urlOf = (path: string) => JSON.stringify(pathToFileURL(path).href);
    const nameOf = (path: string) => JSON.stringify(basename(path, "_test.ts"));
    const page = (name: string) => urlOf(join(ROOT, "test/browser/page", name));
    const entry = join(folder, "tests.ts");
    await Deno.writeTextFile(
      entry,
      `export { takeKernels } from ${page("devices.ts")};
import { kernels } from ${urlOf(join(ROOT, "kernels/kernels.ts"))};
import { variantName } from ${urlOf(join(ROOT, "src/device/webgpu/wgsl_text.ts"))};
export const kernelFiles = kernels.flatMap(({ wgsl }) => wgsl.map(variantName));
import { collectTests } from ${page("registry.ts")};
export { runTest, testNames } from ${page("registry.ts")};
await collectTests({
${files.map((file) => `  ${nameOf(file)}: () => import(${urlOf(file)}),\n`).join("")}});
`,
    );
    return await bundle(entry, { test: true });
  } finally {
    await Deno.remove(folder, { recursive: true });
  }
}
