/**
 * Checks, from the module graph, that imports point only downward.
 *
 * @module
 */

import { join, relative, sep } from "node:path";
import { fileURLToPath, pathToFileURL } from "node:url";

/** Highest first. Folders of one layer do not know each other, except as `BESIDE` says. */
const LAYERS: readonly (readonly string[])[] = [
  ["tasks"],
  ["mod.ts", "browser.ts"],
  ["src/faces"],
  ["src/cli"],
  ["src/bench", "src/sweep"],
  ["src/runs"],
  ["src/figures", "src/train", "src/infer"],
  ["src/models"],
  ["src/nn", "src/data"],
  ["src/ops"],
  ["src/quant"],
  ["src/tensor"],
  ["kernels"],
  ["src/device"],
  ["src/tensorboard"],
  ["src/files"],
  ["src/errors.ts", "src/nearest_name.ts", "src/random.ts", "src/visible_text.ts"],
  ["src/host"],
  ["deno.json", "test/peers"],
];

/** Training samples text while it runs. */
const BESIDE: Readonly<Record<string, readonly string[]>> = { "src/train": ["src/infer"] };

/** Parts of a layer that only some may import; the first that matches a file counts. */
const GUARDED: readonly { readonly part: string; readonly importers: readonly string[] }[] = [
  { part: "src/device/webgpu", importers: ["src/device/webgpu", "src/device/choose_device.ts"] },
  {
    part: "src/device/open_device.ts",
    importers: [
      "mod.ts",
      "src/faces",
      "src/cli",
      "src/bench",
      "src/runs",
      "src/train",
      "src/infer",
    ],
  },
];

/**
 * Checks one import.
 *
 * @param importer The importing file, relative to the repository, with forward slashes.
 * @param imported The imported file, likewise.
 * @returns Why the import is wrong, or `undefined` if it is right.
 */
export function wrongImport(importer: string, imported: string): string | undefined {
  const [from, to] = [layerOf(importer), layerOf(imported)];
  if (from === undefined) return `${importer} is in no layer`;
  if (to === undefined) return `${importer} imports ${imported}, which is in no layer`;

  const guard = GUARDED.find(({ part }) => isWithin(imported, part));
  if (guard && !guard.importers.some((part) => isWithin(importer, part))) {
    return `${importer} imports ${imported}, which is for ${guard.importers.join(", ")} only`;
  }
  if (from.folder === to.folder || to.level > from.level) return undefined;
  if (BESIDE[from.folder]?.includes(to.folder)) return undefined;
  const relation = to.level === from.level ? "beside" : "above";
  return `${importer} imports ${imported}: ${to.folder} is ${relation} ${from.folder}, not below`;
}

/**
 * Checks every import between files of the repository.
 *
 * @param root Its folder.
 * @returns One line for each import that is wrong.
 */
export async function wrongImports(root: string): Promise<string[]> {
  const wrong: string[] = [];
  for (const module of await moduleGraph(root)) {
    const importer = pathWithin(root, module.specifier);
    if (importer === undefined) continue;
    for (const { code, type } of module.dependencies ?? []) {
      const target = code?.specifier ?? type?.specifier;
      const imported = target === undefined ? undefined : pathWithin(root, target);
      const why = imported === undefined ? undefined : wrongImport(importer, imported);
      if (why !== undefined) wrong.push(why);
    }
  }
  return wrong.sort();
}

interface GraphModule {
  readonly specifier: string;
  readonly dependencies?: readonly {
    readonly code?: { readonly specifier?: string };
    readonly type?: { readonly specifier?: string };
  }[];
}

/** The graph of all modules, not only of those that `mod.ts` reaches. */
async function moduleGraph(root: string): Promise<readonly GraphModule[]> {
  const files = [join(root, "mod.ts"), join(root, "browser.ts")];
  for (const folder of ["src", "tasks"]) files.push(...await sources(join(root, folder)));
  const entry = await Deno.makeTempFile({ suffix: ".ts" });
  try {
    await Deno.writeTextFile(
      entry,
      files.map((file) => `import ${JSON.stringify(pathToFileURL(file).href)};\n`).join(""),
    );
    const { success, stdout, stderr } = await new Deno.Command(Deno.execPath(), {
      args: ["info", "--json", "--no-lock", entry],
      cwd: root,
    }).output();
    if (!success) throw new Error(`deno info failed: ${new TextDecoder().decode(stderr)}`);
    return JSON.parse(new TextDecoder().decode(stdout)).modules;
  } finally {
    await Deno.remove(entry);
  }
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

function pathWithin(root: string, specifier: string): string | undefined {
  if (!specifier.startsWith("file:")) return undefined;
  const path = relative(root, fileURLToPath(specifier)).split(sep).join("/");
  return path.startsWith("../") ? undefined : path;
}

function layerOf(path: string): { readonly level: number; readonly folder: string } | undefined {
  for (const [level, folders] of LAYERS.entries()) {
    const folder = folders.find((folder) => isWithin(path, folder));
    if (folder !== undefined) return { level, folder };
  }
  return undefined;
}

function isWithin(path: string, folder: string): boolean {
  return path === folder || path.startsWith(folder + "/");
}

if (import.meta.main) {
  const wrong = await wrongImports(fileURLToPath(new URL("..", import.meta.url)));
  for (const line of wrong) console.error(line);
  console.log(wrong.length === 0 ? "Imports point only downward." : `${wrong.length} wrong.`);
  Deno.exit(wrong.length === 0 ? 0 : 1);
}
