import assert from "node:assert/strict";
import { startProcess } from "../../src/host/child_process.ts";
import { isMissing } from "../../src/host/file_failures.ts";
import { makeHash } from "../../src/host/hash.ts";

Deno.test("a program is given its input, and its output and status are known", async () => {
  const child = startProcess(Deno.execPath(), {
    args: [
      "eval",
      "--quiet",
      "await Deno.stdin.readable.pipeTo(Deno.stdout.writable); Deno.exit(3)",
    ],
    stdout: "piped",
  });
  const input = child.stdin.getWriter();
  await input.write(new TextEncoder().encode("hello"));
  await input.close();
  const { success, code, signal, stdout } = await child.output();
  assert.equal(new TextDecoder().decode(stdout), "hello");
  assert.deepEqual([success, code, signal], [false, 3, null]);
});

Deno.test("a program that is not there is missing", () => {
  assert.throws(() => startProcess("no-such-program", { args: [], stdout: "null" }), isMissing);
});

Deno.test("a checksum grows by bytes and text", () => {
  const hash = makeHash("sha1").update("a").update(Uint8Array.of(98, 99));
  assert.equal(hash.hex(), "a9993e364706816aba3e25717850c26c9cd0d89d");
});

Deno.test("a program that is started may do no more than this one", async () => {
  const module = new URL("../../src/host/permissions.ts", import.meta.url).href;
  const program = `import { grantedFlags } from ${JSON.stringify(module)};` +
    "console.log(JSON.stringify(grantedFlags()));";
  const folder = Deno.makeTempDirSync();
  try {
    const path = `${folder}/program.ts`;
    Deno.writeTextFileSync(path, program);
    const flags = async (...granted: string[]): Promise<string[]> => {
      const args = ["run", "--quiet", "--no-prompt", ...granted, path];
      const { stdout } = await new Deno.Command(Deno.execPath(), { args, cwd: folder }).output();
      return JSON.parse(new TextDecoder().decode(stdout));
    };
    assert.deepEqual(await flags("-A"), ["--allow-all"]);
    assert.deepEqual(await flags(), []);
    assert.deepEqual(await flags("--allow-read", "--allow-env"), ["--allow-read", "--allow-env"]);
    const here = Deno.realPathSync(folder);
    assert.deepEqual(await flags(`--allow-read=${here}`, "--allow-net=localhost"), [
      `--allow-read=${here}`,
    ]);
  } finally {
    Deno.removeSync(folder, { recursive: true });
  }
});
