import assert from "node:assert/strict";
import { resolve } from "node:path";

/** What `expression` is, in a process with just this environment and these flags. */
async function evaluate(
  expression: string,
  env: Record<string, string>,
  flags: string[] = ["--allow-env", "--allow-read"],
): Promise<unknown> {
  const module = new URL("../../src/files/cache_directory.ts", import.meta.url);
  const script = await Deno.makeTempFile({ suffix: ".ts" });
  try {
    await Deno.writeTextFile(
      script,
      `import { cacheDirectory } from ${JSON.stringify(module.href)};
       console.log(JSON.stringify(${expression}) ?? "null");`,
    );
    const { code, stdout, stderr } = await new Deno.Command(Deno.execPath(), {
      args: ["run", "--quiet", "--no-prompt", "--no-check", ...flags, script],
      cwd: "/",
      clearEnv: true,
      env: { DENO_DIR: Deno.env.get("DENO_DIR") ?? "", NO_COLOR: "1", ...env },
    }).output();
    const decode = (bytes: Uint8Array) => new TextDecoder().decode(bytes);
    assert.equal(code, 0, decode(stderr));
    return JSON.parse(decode(stdout));
  } finally {
    await Deno.remove(script);
  }
}

Deno.test("cacheDirectory prefers BITTEXT_CACHE, then XDG, then the home folder", async () => {
  const all = { BITTEXT_CACHE: "/b", XDG_CACHE_HOME: "/x", HOME: "/h" };
  const directory = (env: Record<string, string>, flags?: string[]) =>
    evaluate("cacheDirectory()", env, flags);
  assert.equal(await directory(all), "/b");
  assert.equal(await directory({ ...all, BITTEXT_CACHE: "" }), "/x/bittext");
  assert.equal(await directory({ XDG_CACHE_HOME: "relative", HOME: "/h" }), "/h/.cache/bittext");
  assert.equal(await directory({ BITTEXT_CACHE: "c" }), resolve("/", "c"));
  assert.equal(await directory({}), null);
  assert.equal(await directory(all, []), null);
});
