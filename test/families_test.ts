/**
 * Families are a contract: whoever meets models of any family asks it, and does not say a name.
 */
import assert from "node:assert/strict";
import { join, relative } from "node:path";
import { fileURLToPath } from "node:url";
import { builtInFamilies } from "../src/models/families.ts";

const root = fileURLToPath(new URL("..", import.meta.url));

/** What only one family has, or asks which it is. */
const NAMES =
  /\b(Text|Vit)(Config|Model|Task|Data|RunConfig)\b|\bLanguageModel\b|\bImage(Classifier|Task|RunConfig|DataRecord)\b|\b(text|vit)(Family|Runs)\b|"vit"|(?<!typeof )\b(family|model)(\.name)? [=!]== "/;

/** Where a family is at home, or is meant by what a file is for. */
const ALLOWED: Readonly<Record<string, string>> = {
  "src/models/text/": "the models",
  "src/models/vit/": "the models",
  "src/runs/text/": "their runs",
  "src/runs/vit/": "their runs",
  "src/models/families.ts": "the list",
  "src/runs/families.ts": "the list",
  "src/bench/": "what is measured: certain models, and each kernel as they call it",
  "src/figures/images/model_pictures.ts": "pictures of image models",
};

Deno.test("no file outside a family says its name", async () => {
  const used = new Set<string>();
  for await (const path of sources("src")) {
    const text = await Deno.readTextFile(join(root, path));
    const code = text.replaceAll(/\/\*\*[\s\S]*?\*\/|^\s*\/\/.*$/gm, "");
    const said = code.match(NAMES);
    const allowed = Object.keys(ALLOWED).find((place) => path.startsWith(place));
    if (said && allowed) used.add(allowed);
    else assert.equal(said?.[0], undefined, `${path} says ${said?.[0]}`);
  }
  assert.deepEqual([...used].sort(), Object.keys(ALLOWED).sort(), "an exception is not needed");
});

Deno.test("every family has a room for its models and one for its runs", async () => {
  for (const name of Object.keys(builtInFamilies)) {
    for (const part of ["models", "runs"]) {
      assert.ok((await Deno.stat(join(root, "src", part, name, "family.ts"))).isFile);
    }
  }
});

/** Every module within a folder. */
async function* sources(folder: string): AsyncGenerator<string> {
  for await (const { name, isDirectory } of Deno.readDir(join(root, folder))) {
    const path = relative(root, join(root, folder, name));
    if (isDirectory) yield* sources(path);
    else if (path.endsWith(".ts")) yield path;
  }
}
