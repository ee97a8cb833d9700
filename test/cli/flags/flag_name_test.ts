import assert from "node:assert/strict";
import { join, relative } from "node:path";
import { fileURLToPath } from "node:url";
import { COMMANDS, flagsOf, isCommandName } from "../../../src/cli/flags/commands.ts";
import { flagName, flagOfOption } from "../../../src/cli/flags/flag_name.ts";

const root = fileURLToPath(new URL("../../..", import.meta.url));

/** Every flag as it is typed. */
const FLAGS: ReadonlySet<string> = new Set(
  Object.keys(COMMANDS).filter(isCommandName)
    .flatMap((command) => Object.keys(flagsOf(command)).map(flagName)),
);

/** Flags of `deno run` that have names of ours, where it is started. */
const DENO_FLAGS = /^"--quiet"$/;

Deno.test("an option of the library is typed as its flag", () => {
  assert.equal(flagOfOption("weightDecay"), "--weight-decay");
  assert.equal(flagOfOption("hiddenSize"), "--dim");
});

Deno.test("the options that errors name are flags", async () => {
  let count = 0;
  for await (const { path, text } of sources()) {
    for (const [, option] of text.matchAll(/\boptionName\("(\w+)"\)/g)) {
      const flag = flagOfOption(option);
      assert.ok(FLAGS.has(flag), `${path}: ${option} would be ${flag}, and there is no such flag`);
      count++;
    }
  }
  assert.ok(count > 20, `${count} names of options were found`);
});

Deno.test("nothing below the command line says a flag", async () => {
  let count = 0;
  for await (const { path, text } of sources()) {
    for (const literal of stringLiterals(text)) {
      count++;
      if (DENO_FLAGS.test(literal)) continue;
      const said = literal.match(/(?<![\w-])--[a-z][a-z-]*/g)?.filter((name) => FLAGS.has(name));
      assert.deepEqual(said ?? [], [], `${path} says ${literal}: name options with optionName`);
    }
  }
  assert.ok(count > 1000, `${count} strings were read`);
});

Deno.test("string literals are distinguished from comments", () => {
  const text = 'const a = "b // --lr"; // "c"\n/* `d` */ f(`e ${1} \\` g`); // it\'s\nh(\'i\');';
  assert.deepEqual(stringLiterals(text), ['"b // --lr"', "`e ${1} \\` g`", "'i'"]);
});

/** The modules of `src` outside the command line, without their documentation's examples. */
async function* sources(): AsyncGenerator<{ readonly path: string; readonly text: string }> {
  const folders = [join(root, "src")];
  for (let folder; (folder = folders.pop()) !== undefined;) {
    for await (const { name, isDirectory } of Deno.readDir(folder)) {
      const path = join(folder, name);
      if (path === join(root, "src", "cli")) continue;
      if (isDirectory) folders.push(path);
      else if (path.endsWith(".ts")) {
        const text = (await Deno.readTextFile(path)).replaceAll(/\/\*\*[\s\S]*?\*\//g, "");
        yield { path: relative(root, path), text };
      }
    }
  }
}

/** The strings and templates of a program, with their quotes. */
function stringLiterals(program: string): string[] {
  const parts =
    /\/\*[\s\S]*?\*\/|\/\/[^\n]*|"(?:\\.|[^"\\\n])*"|'(?:\\.|[^'\\\n])*'|`(?:\\.|[^`\\])*`/g;
  return (program.match(parts) ?? []).filter((part) => !part.startsWith("/"));
}
