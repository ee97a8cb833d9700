import assert from "node:assert/strict";
import { join } from "node:path";
import { fileURLToPath } from "node:url";
import { wrongImport, wrongImports } from "../tasks/layers.ts";

const root = fileURLToPath(new URL("..", import.meta.url));

Deno.test("imports point only downward", async () => {
  assert.deepEqual(await wrongImports(root), []);
});

const RIGHT = [
  ["mod.ts", "src/device/open_device.ts"],
  ["tasks/train.ts", "src/cli/main.ts"],
  ["src/cli/commands/train.ts", "src/device/open_device.ts"],
  ["src/train/trainer.ts", "src/infer/sampler.ts"],
  ["src/ops/add.ts", "src/device/device.ts"],
  ["src/device/choose_device.ts", "src/device/webgpu/device.ts"],
  ["src/ops/dropout.ts", "kernels/elementwise/dropout.ts"],
  ["kernels/elementwise/add.ts", "src/device/kernel.ts"],
  ["src/nn/linear.ts", "src/nn/module.ts"],
  ["src/data/hub.ts", "src/errors.ts"],
];

const WRONG = [
  ["src/tensor/plan.ts", "src/ops/add.ts"],
  ["src/nn/linear.ts", "src/data/split.ts"],
  ["src/infer/sampler.ts", "src/train/trainer.ts"],
  ["src/figures/curve.ts", "src/train/metrics.ts"],
  ["src/ops/add.ts", "src/device/open_device.ts"],
  ["src/cli/main.ts", "src/device/webgpu/device.ts"],
  ["src/cli/main.ts", "mod.ts"],
  ["src/files/atomic.ts", "src/device/device.ts"],
  ["src/host/files.ts", "src/errors.ts"],
  ["src/nn/linear.ts", "test/assert_close.ts"],
  ["src/device/device.ts", "kernels/kernels.ts"],
  ["src/stray.ts", "src/errors.ts"],
];

Deno.test("an import is right exactly if the layers allow it", () => {
  for (const [from, to] of RIGHT) assert.equal(wrongImport(from, to), undefined, `${from} → ${to}`);
  for (const [from, to] of WRONG) assert.ok(wrongImport(from, to), `${from} → ${to}`);
  assert.equal(
    wrongImport("src/tensor/plan.ts", "src/ops/add.ts"),
    "src/tensor/plan.ts imports src/ops/add.ts: src/ops is above src/tensor, not below",
  );
});

Deno.test("a wrong import of any kind is found in the module graph", async () => {
  const copy = await Deno.makeTempDir();
  try {
    await Deno.mkdir(join(copy, "tasks"));
    await Deno.mkdir(join(copy, "src/cli"), { recursive: true });
    await Deno.mkdir(join(copy, "src/tensor"));
    await Deno.writeTextFile(join(copy, "mod.ts"), "");
    await Deno.writeTextFile(join(copy, "src/cli/main.ts"), "export type Main = 1;\n");
    for (
      const [name, source] of [
        ["static", 'import "../cli/main.ts";'],
        ["dynamic", 'await import("../cli/main.ts");'],
        ["type", 'export type { Main } from "../cli/main.ts";'],
        ["comment", '// import "../cli/main.ts";'],
      ]
    ) await Deno.writeTextFile(join(copy, `src/tensor/${name}.ts`), source + "\n");
    assert.deepEqual(
      await wrongImports(copy),
      ["dynamic", "static", "type"].map((name) =>
        `src/tensor/${name}.ts imports src/cli/main.ts: src/cli is above src/tensor, not below`
      ),
    );
  } finally {
    await Deno.remove(copy, { recursive: true });
  }
});

/** The folders that are part of the repository: neither hidden nor ignored by git. */
async function folders(path: string): Promise<string[]> {
  // A pattern that begins with a slash is for the root alone.
  const ignored = (await Deno.readTextFile(join(root, ".gitignore"))).split("\n")
    .filter((line) => path === "" || !line.startsWith("/"))
    .map((line) => line.replaceAll("/", ""));
  const names: string[] = [];
  for await (const { name, isDirectory } of Deno.readDir(join(root, path))) {
    if (isDirectory && !name.startsWith(".") && !ignored.includes(name)) names.push(path + name);
  }
  return names.sort();
}

/** The folders of the fenced file tree that has a line for `src/`, nested by indentation. */
function treeOf(readme: string): string[] {
  const blocks = readme.split(/^```.*$/m).filter((_, index) => index % 2 === 1);
  const tree = blocks.find((block) => /^\W*src\//m.test(block));
  assert.ok(tree, "README.md has no fenced file tree with a line for src/");
  const named: string[] = [];
  const parents: { readonly indentation: number; readonly path: string }[] = [];
  for (const line of tree.split("\n")) {
    const entry = /^([\s│├└─]*)([\w.-]+)\/(?:\s|$)/.exec(line);
    if (entry === null) continue;
    const [, { length: indentation }, name] = entry;
    while (parents.length > 0 && parents.at(-1)!.indentation >= indentation) parents.pop();
    const path = [...parents.slice(-1).map((parent) => parent.path), name].join("/");
    parents.push({ indentation, path });
    named.push(path);
  }
  return named;
}

Deno.test("the file tree of README.md names exactly the folders there are", async () => {
  const named = treeOf(await Deno.readTextFile(join(root, "README.md")));
  const topAndSource = named.filter((path) => /^(src\/)?[^/]+$/.test(path));
  assert.deepEqual(topAndSource.sort(), [...await folders(""), ...await folders("src/")].sort());
});
