/**
 * How soon the library is there, and the help text.
 */
import assert from "node:assert/strict";
import { join } from "node:path";
import { pathToFileURL } from "node:url";
import { programTest, root, type Workplace } from "./program.ts";

/** Rounds of measurements, of which the quickest counts: other work on the machine only ever adds. */
const ROUNDS = 7;

/**
 * How much time of the processor something may take, in that of an empty program. What counts is seconds: on two quiet
 * cores an empty program takes 0.06, the library another 0.1 and the help text 0.18 in all. But a test has to hold on
 * slow and on busy machines too.
 */
const MOST_TIMES: Readonly<Record<string, number>> = { empty: 1, library: 3.7, help: 4.8 };

interface GraphModule {
  readonly specifier: string;
  readonly dependencies?: readonly {
    readonly code?: { readonly specifier?: string };
    readonly isDynamic?: boolean;
  }[];
}

/** The modules that have to be there before a module runs, relative to the repository. */
async function modulesBefore(entry: string): Promise<string[]> {
  const { stdout } = await new Deno.Command(Deno.execPath(), {
    args: ["info", "--json", join(root, entry)],
  }).output();
  const { modules }: { readonly modules: readonly GraphModule[] } = JSON.parse(
    new TextDecoder().decode(stdout),
  );
  const graph = new Map(modules.map((module) => [module.specifier, module]));
  const home = pathToFileURL(root).href;
  const reached = new Set([new URL(entry, home).href]);
  for (const specifier of reached) {
    for (const { code, isDynamic } of graph.get(specifier)?.dependencies ?? []) {
      if (code?.specifier !== undefined && !isDynamic) reached.add(code.specifier);
    }
  }
  return [...reached].map((specifier) => specifier.replace(home, ""));
}

Deno.test("what takes long to start is not loaded with the library", async () => {
  const library = await modulesBefore("mod.ts");
  assert.ok(library.includes("src/errors.ts"), "the library is not seen");
  // Of the runtime's own modules, some take as long to start as an empty program.
  assert.deepEqual(library.filter((name) => name.startsWith("node:")), []);
  // A device comes with its programs, the command line with its flags, data with what reads it.
  const late = /^src\/(device\/(cpu|webgpu)|cli|data\/(hub\/hub_dataset|rows\/\w+_table))\b/;
  assert.deepEqual(library.filter((name) => late.test(name)), []);
});

Deno.test("help needs no command, and nothing that commands do", async () => {
  const program = await modulesBefore("src/cli/main.ts");
  assert.ok(program.includes("src/cli/flags/help.ts"), "the program is not seen");
  assert.deepEqual(program.filter((name) => name.startsWith("node:")), []);
  const late =
    /^src\/(cli\/(commands|sweep)|device\/(cpu|webgpu)|train\/train|sweep|infer|figures)/;
  assert.deepEqual(program.filter((name) => late.test(name)), []);
});

programTest("the library and the help text are there soon", async (place) => {
  const [library, program] = ["mod.ts", "src/cli/main.ts"].map((path) =>
    JSON.stringify(pathToFileURL(join(root, path)).href)
  );
  const programs = {
    empty: "",
    library: `await import(${library});`,
    help: `await import(${library}); await (await import(${program})).main(["--help"]);`,
  };
  for (const [name, source] of Object.entries(programs)) {
    const report = "const { user, system } = Deno.cpuUsage(); console.error(user + system);";
    await Deno.writeTextFile(place.path(`${name}.ts`), `${source}\n${report}\n`);
  }
  const least = new Map<string, number>();
  // In turns, so that what slows the machine for a while slows all of them.
  for (let round = 0; round < ROUNDS; round++) {
    for (const name of Object.keys(programs)) {
      const microseconds = await cpuTime(place, `${name}.ts`);
      least.set(name, Math.min(microseconds, least.get(name) ?? Infinity));
    }
  }
  const empty = least.get("empty")!;
  for (const [name, microseconds] of least) {
    const times = microseconds / empty;
    assert.ok(
      times <= MOST_TIMES[name],
      `${name} takes ${(microseconds / 1000).toFixed(0)} ms of the processor, ` +
        `${times.toFixed(1)} times an empty program`,
    );
  }
});

/** Microseconds of the processor that a program takes, as it prints them itself. */
async function cpuTime(place: Workplace, program: string): Promise<number> {
  const { code, stderr } = await place.run([], { program: ["-A", program] });
  assert.equal(code, 0, stderr);
  return Number(stderr);
}
