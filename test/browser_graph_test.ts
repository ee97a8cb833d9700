import assert from "node:assert/strict";
import { fileURLToPath } from "node:url";

const ROOT = new URL("../", import.meta.url);

interface GraphModule {
  readonly specifier: string;
  readonly local?: string;
  readonly dependencies?: readonly { readonly code?: { readonly specifier?: string } }[];
}

/** Every module that a module reaches, by static or dynamic imports; not those of types. */
async function reached(entry: string): Promise<GraphModule[]> {
  const { success, stdout } = await new Deno.Command(Deno.execPath(), {
    args: ["info", "--json", "--no-lock", entry],
    cwd: fileURLToPath(ROOT),
    stderr: "inherit",
  }).output();
  assert.ok(success);
  const { modules }: { modules: GraphModule[] } = JSON.parse(new TextDecoder().decode(stdout));
  const byName = new Map(modules.map((module) => [module.specifier, module]));
  const found = new Map<string, GraphModule>();
  const visit = (specifier: string) => {
    if (found.has(specifier)) return;
    const module = byName.get(specifier) ?? { specifier };
    found.set(specifier, module);
    for (const { code } of module.dependencies ?? []) {
      if (code?.specifier !== undefined) visit(code.specifier);
    }
  };
  visit(new URL(entry, ROOT).href);
  return [...found.values()];
}

Deno.test("browser.ts reaches no host: no node:, no package, no Deno", async () => {
  const modules = await reached("browser.ts");
  assert.ok(modules.length > 100, `${modules.length} modules`);
  for (const { specifier } of modules) {
    assert.ok(specifier.startsWith(ROOT.href), `it reaches ${specifier}`);
    const path = specifier.slice(ROOT.href.length);
    assert.ok(!path.startsWith("src/host/"), `it reaches ${path}`);
    if (!path.endsWith(".ts")) continue;
    const source = await Deno.readTextFile(new URL(specifier));
    // Comments may speak of Deno, and so may protocols that other runtimes know too.
    const code = source.replaceAll(/\/\*\*.*?\*\//gs, "").replaceAll(
      /Symbol\.for\("Deno\.[^"]+"\)/g,
      "",
    );
    assert.doesNotMatch(code, /\bDeno\s*\??[.[]|globalThis\.Deno|["']node:|getBuiltinModule/, path);
  }
});

Deno.test("mod.ts does reach the host, so that the walk would see it", async () => {
  const names = (await reached("mod.ts")).map(({ specifier }) => specifier);
  assert.ok(names.some((name) => name.includes("/src/host/")));
});

/** Names of `mod.ts` that need files or a process, or are the page's own. */
const HOST_NAMES = [
  "RunDirectory",
  "drawFigures",
  "Figure",
  "evaluate",
  "defineFamily",
  "quantizeRun",
  "registerFamily",
  "runFigureData",
  "saveModel",
  "train",
  "trainTask",
];

/** Names that a page has in a way of its own: models and tokenizers come from an address or a dropped file. */
const PAGE_NAMES = ["loadModel", "openDevice", "readTokenizer"];

Deno.test("browser.ts has the names of mod.ts that a page can use", async () => {
  const library: Record<string, unknown> = await import("../mod.ts");
  const page: Record<string, unknown> = await import("../browser.ts");
  for (const [name, value] of Object.entries(library)) {
    if (PAGE_NAMES.includes(name)) assert.equal(typeof page[name], "function", name);
    // `evaluate` of a page computes values: the one of mod.ts reads runs.
    else if (HOST_NAMES.includes(name)) assert.notEqual(page[name], value, name);
    else assert.equal(page[name], value, name);
  }
});
