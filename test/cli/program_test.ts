import assert from "node:assert/strict";
import { join } from "node:path";
import { fileURLToPath } from "node:url";
import { COMMANDS } from "../../src/cli/flags/commands.ts";

const root = fileURLToPath(new URL("../..", import.meta.url));

async function program(args: readonly string[], env: Record<string, string> = {}) {
  const { code, stdout, stderr } = await new Deno.Command(Deno.execPath(), {
    args: ["run", "-A", ...args],
    cwd: root,
    env,
  }).output();
  const decoder = new TextDecoder();
  return { code, stdout: decoder.decode(stdout), stderr: decoder.decode(stderr) };
}

Deno.test("--help on an empty cache downloads no npm package", async () => {
  const cache = await Deno.makeTempDir();
  // Nothing listens there: whoever needs a package fails.
  const env = { DENO_DIR: cache, NPM_CONFIG_REGISTRY: "http://127.0.0.1:9" };
  try {
    const { code, stdout, stderr } = await program(["mod.ts", "--help"], env);
    assert.equal(stderr, "");
    assert.equal(code, 0);
    assert.match(stdout, /Commands\n/);
    // Deno makes the folder whether it has something to put there or not.
    assert.deepEqual(await Array.fromAsync(Deno.readDir(join(cache, "npm"))), []);
  } finally {
    await Deno.remove(cache, { recursive: true });
  }
});

Deno.test("an unknown flag is one line and exit code 2, in the program and in its task", async () => {
  const line = "bittext: Cannot read --laerning-rate: unknown flag of train, did you mean --lr?\n";
  for (const start of [["mod.ts", "train"], ["tasks/train.ts"]]) {
    assert.deepEqual(await program([...start, "--laerning-rate", "1"]), {
      code: 2,
      stdout: "",
      stderr: line,
    });
  }
});

Deno.test("BITTEXT_DEBUG=1 adds the stack", async () => {
  const { code, stderr } = await program(["mod.ts", "trian"], { BITTEXT_DEBUG: "1" });
  assert.equal(code, 2);
  assert.match(stderr, /^bittext: .*did you mean train\?\n.*InputError: .*\n {4}at /);
});

Deno.test("every task hands its name and its flags on", async () => {
  for (const task of Object.keys(COMMANDS)) {
    const { code, stdout } = await program([`tasks/${task}.ts`, "--help"]);
    assert.equal(code, 0);
    assert.ok(stdout.startsWith(`bittext ${task}: `));
  }
});

Deno.test("without permissions help still works and a wrong command line is still reported", async () => {
  const { code, stderr } = await new Deno.Command(Deno.execPath(), {
    args: ["run", "--no-prompt", "mod.ts", "train", "--config", "any.json"],
    cwd: root,
  }).output();
  assert.equal(code, 2);
  assert.match(
    new TextDecoder().decode(stderr),
    /^bittext: Cannot read any\.json: .*--allow-read\n$/,
  );
});
