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
