import assert from "node:assert/strict";
import { ops } from "../../src/ops/registry.ts";

const root = new URL("../../", import.meta.url);

const filesIn = (folder: string, end: string) =>
  [...Deno.readDirSync(new URL(folder, root))]
    .filter((entry) => entry.isFile && entry.name.endsWith(end))
    .map((entry) => entry.name).sort();

Deno.test("registry: op names are unique and snake_case", () => {
  const names = ops.map((op) => op.name);
  assert.equal(new Set(names).size, names.length);
  for (const name of names) assert.match(name, /^[a-z][a-z0-9]*(_[a-z0-9]+)*$/);
});

Deno.test("registry: every exported op is in the list", async () => {
  for (const file of filesIn("src/ops/", ".ts").filter((name) => name !== "registry.ts")) {
    const exported = await import(new URL(`src/ops/${file}`, root).href) as Record<string, unknown>;
    for (const [name, value] of Object.entries(exported)) {
      if (!name.endsWith("Op")) continue;
      assert.ok(
        (ops as readonly unknown[]).includes(value),
        `${name} of ${file} is not in the list`,
      );
    }
  }
});

Deno.test("registry: every file of ops has a test file", () => {
  const tests = filesIn("test/ops/", "_test.ts");
  for (const file of filesIn("src/ops/", ".ts")) {
    const test = file.replace(/\.ts$/, "_test.ts");
    assert.ok(tests.includes(test), `there is no test/ops/${test}`);
  }
});

Deno.test("registry: every differentiable op is swept against its reference", () => {
  const swept = new Set<string>();
  for (const file of filesIn("test/ops/", "_test.ts")) {
    const source = Deno.readTextFileSync(new URL(`test/ops/${file}`, root));
    for (const [, name] of source.matchAll(/\btestOp\(\s*(\w+)Op\b/g)) swept.add(name);
  }
  for (const { name } of ops.filter((op) => op.vjp)) {
    const exported = name.replaceAll(/_(\w)/g, (_, letter: string) => letter.toUpperCase());
    assert.ok(swept.has(exported), `no test calls testOp(${exported}Op, …)`);
  }
});
