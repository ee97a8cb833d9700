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

/** What a page can use whole: nothing in it is about files or the program. */
const SHARED = /^src\/(tensor|quant|ops|nn|models|infer|data\/tokenizers)\//;

Deno.test("browser.ts has the names of mod.ts for models and what they are made of", async () => {
  const modules = new Map((await reached("mod.ts")).map((module) => [module.specifier, module]));
  const needsHost = new Map<string, boolean>();
  const reachesHost = (specifier: string): boolean => {
    const known = needsHost.get(specifier);
    if (known !== undefined) return known;
    // Modules that import each other need what any of them does; the first asked decides last.
    needsHost.set(specifier, false);
    const needs = specifier.includes("/src/host/") || !specifier.startsWith("file:") ||
      (modules.get(specifier)?.dependencies ?? []).some(({ code }) =>
        code?.specifier !== undefined && reachesHost(code.specifier)
      );
    needsHost.set(specifier, needs);
    return needs;
  };
  const library: Record<string, unknown> = await import("../mod.ts");
  const page: Record<string, unknown> = await import("../browser.ts");
  let names = 0;
  for (const specifier of modules.keys()) {
    if (!SHARED.test(specifier.slice(ROOT.href.length)) || reachesHost(specifier)) continue;
    const module: Record<string, unknown> = await import(specifier);
    for (const [name, value] of Object.entries(module)) {
      if (library[name] !== value) continue;
      names++;
      assert.equal(page[name], value, `${name} of ${specifier}`);
    }
  }
  assert.ok(names > 20, `${names} names`);
  assert.ok("openDevice" in page && "loadModel" in page && "readTokenizer" in page);
});
