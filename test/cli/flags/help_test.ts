import assert from "node:assert/strict";
import { type CommandName, COMMANDS, flagsOf } from "../../../src/cli/flags/commands.ts";
import { kebabCase } from "../../../src/cli/flags/flag_name.ts";
import { commandHelp, programHelp } from "../../../src/cli/flags/help.ts";

const commands = Object.keys(COMMANDS) as CommandName[];

for (const columns of [60, 80, 250]) {
  Deno.test(`help texts fit ${Math.min(columns, 100)} columns on a terminal of ${columns}`, () => {
    const layout = { columns, color: false };
    const texts = [programHelp(layout), ...commands.map((name) => commandHelp(name, layout))];
    for (const line of texts.join("\n").split("\n")) {
      assert.ok(line.length <= Math.min(columns, 100), `${line.length} characters: ${line}`);
      assert.equal(line, line.trimEnd());
    }
  });
}

Deno.test("the help text of a command names each of its flags once, with its default", () => {
  for (const command of commands) {
    const text = commandHelp(command, { columns: 100, color: false });
    for (const key of Object.keys(flagsOf(command))) {
      const lines = text.split("\n").filter((line) =>
        line.startsWith(`  --${kebabCase(key)} `) || line === `  --${kebabCase(key)}`
      );
      assert.equal(lines.length, 1, `--${kebabCase(key)} of ${command}`);
    }
  }
  const text = commandHelp("train", { columns: 100, color: false });
  assert.match(text, /--steps N .*\(default: 2000; 4000 with --model vit\)/);
  assert.match(text, /--min-lr X .*\(default: a hundredth/);
});

Deno.test("help is colored only where asked", () => {
  assert.ok(!programHelp({ columns: 100, color: false }).includes("\x1b"));
  assert.ok(programHelp({ columns: 100, color: true }).includes("\x1b[1m"));
});
