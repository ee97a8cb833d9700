import assert from "node:assert/strict";

Deno.test("kernels: what `deno task kernels` writes is what it would write", async () => {
  // Without the lock file: the compiler must not become something that every checkout downloads.
  const { success, stderr } = await new Deno.Command(Deno.execPath(), {
    args: ["run", "-A", "--no-lock", "tasks/kernels.ts", "--check"],
    cwd: new URL("../../", import.meta.url),
  }).output();
  assert.ok(success, new TextDecoder().decode(stderr));
});
