import assert from "node:assert/strict";
import { join, relative, sep } from "node:path";
import { fileURLToPath } from "node:url";

const ROOT = fileURLToPath(new URL("../../", import.meta.url));

/** Names of protocols, not of the runtime: other runtimes look for them too. */
const PROTOCOL = /Symbol\.for\("Deno\.[\w.]+"\)/g;

/** The lines of a source that name the runtime; examples in comments are programs of their own. */
function linesNamingRuntime(source: string): string[] {
  const code = source.replaceAll(PROTOCOL, "").replaceAll(/\/\*\*.*?\*\//gs, "");
  return code.split("\n").filter((line) =>
    /\bDeno\b\s*\??[.[]|\bDeno\b.*globalThis|["']node:|getBuiltinModule/.test(line)
  );
}

async function sources(folder: string): Promise<string[]> {
  const files: string[] = [];
  for await (const { name, isDirectory } of Deno.readDir(folder)) {
    const path = join(folder, name);
    if (isDirectory) files.push(...await sources(path));
    else if (name.endsWith(".ts")) files.push(path);
  }
  return files;
}

Deno.test("only src/host names the runtime", async () => {
  const wrong: string[] = [];
  let host = 0;
  for (const path of await sources(join(ROOT, "src"))) {
    const name = relative(ROOT, path).split(sep).join("/");
    const lines = linesNamingRuntime(await Deno.readTextFile(path));
    if (name.startsWith("src/host/")) host += lines.length;
    else wrong.push(...lines.map((line) => `${name}: ${line.trim()}`));
  }
  assert.deepEqual(wrong, []);
  // The search would also find nothing if it did not know what to look for.
  assert.ok(host > 30, `${host} lines`);
});

Deno.test("the search for the runtime's name leaves protocols and examples alone", () => {
  const names = (source: string) => linesNamingRuntime(source).length;
  assert.equal(names(`const text = Deno.readTextFileSync(path);`), 1);
  assert.equal(names(`import { join } from "node:path";`), 1);
  assert.equal(names(`type Handle = Deno.FsFile;`), 1);
  assert.equal(names(`[Symbol.for("Deno.customInspect")]() {}`), 0);
  assert.equal(names(`/** Reads.\n * Deno.readFile(path);\n */`), 0);
});
