/**
 * Writes what follows from the kernels and their declarations (`kernels/`), so that it loads from a file, a URL or a
 * bundle without any permission: the AssemblyScript classes that name the words of argument blocks, the lists of
 * kernels, and the CPU kernels compiled to WebAssembly. With `--check` it only tells whether all of it is what it
 * would write.
 *
 * @module
 */
import { relative } from "node:path";
import { fileURLToPath } from "node:url";
import { argumentClasses } from "./kernels/argument_classes.ts";
import { compileKernels, WASM_FILE } from "./kernels/compile.ts";
import { entryList, kernelList, readDeclarations } from "./kernels/lists.ts";

const root = new URL("../", import.meta.url);

/** Texts by file. What the compiler reads comes from here first, so nothing stale can be compiled. */
async function generate(): Promise<Map<string, string>> {
  const declarations = await readDeclarations(new URL("kernels/", root));
  const files = new Map<string, string>();
  for (const [room, kernels] of Map.groupBy(declarations, ({ room }) => room)) {
    const text = argumentClasses(kernels.map(({ kernel }) => kernel));
    files.set(`kernels/${room}/arguments.as.ts`, text);
  }
  files.set("kernels/kernels.ts", kernelList(declarations));
  files.set("kernels/entries.as.ts", await entryList(new URL("kernels/", root)));
  files.set(WASM_FILE, await compileKernels(root, files));
  return files;
}

const stale: string[] = [];
for (const [file, text] of await generate()) {
  const url = new URL(file, root);
  const held = await Deno.readTextFile(url).catch(() => "");
  if (held === text) continue;
  stale.push(relative(Deno.cwd(), fileURLToPath(url)));
  if (!Deno.args.includes("--check")) await Deno.writeTextFile(url, text);
}
if (Deno.args.includes("--check") && stale.length > 0) {
  console.error(`${stale.join(", ")}: stale, run \`deno task kernels\``);
  Deno.exit(1);
}
console.log(stale.length > 0 ? `Wrote ${stale.join(", ")}` : "Everything is up to date.");
