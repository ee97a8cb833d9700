import assert from "node:assert/strict";
import { fileURLToPath } from "node:url";
import { Interruption } from "../../../src/cli/terminal/interrupt.ts";
import { InterruptedError } from "../../../src/errors.ts";

Deno.test("the first signal aborts, a doubled one is ignored, a later one exits with 130", () => {
  let timeMs = 0;
  const told: string[] = [];
  using interruption = new Interruption(
    () => told.push("first"),
    (code) => told.push(`exit ${code}`),
    () => timeMs,
  );
  const { signal } = interruption;
  assert.equal(signal.aborted, false);
  interruption.handleSignal();
  assert.ok(signal.reason instanceof InterruptedError);
  timeMs = 900;
  interruption.handleSignal();
  assert.deepEqual(told, ["first"]);
  timeMs = 1100;
  interruption.handleSignal();
  assert.deepEqual(told, ["first", "exit 130"]);
});

async function interrupt(command: string, signals: readonly Deno.Signal[]) {
  const program = new Deno.Command(Deno.execPath(), {
    args: [
      "run",
      "-A",
      fileURLToPath(new URL("./interruptible_program.ts", import.meta.url)),
      command,
    ],
    stdout: "piped",
    stderr: "piped",
  }).spawn();
  const decoder = new TextDecoder();
  const reader = program.stdout.getReader();
  let stdout = decoder.decode((await reader.read()).value);
  for (const signal of signals) program.kill(signal);
  for (let part = await reader.read(); !part.done; part = await reader.read()) {
    stdout += decoder.decode(part.value);
  }
  const stderr = await new Response(program.stderr).text();
  return { ...await program.status, stdout, stderr };
}

const posix = { ignore: Deno.build.os === "windows" };

for (const signals of [["SIGINT", "SIGINT"], ["SIGTERM"]] as const) {
  Deno.test({
    name: `${signals.join(" and ")}: the work saves, and the exit code is 130`,
    ...posix,
    async fn() {
      const { code, stdout, stderr } = await interrupt("train", signals);
      assert.equal(code, 130);
      assert.match(stdout, /saved\n$/);
      assert.match(stderr, /^Interrupted: saving first.*\nbittext: Interrupted\n$/);
    },
  });
}

Deno.test({
  name: "SIGINT ends a command that does not know of interruption",
  ...posix,
  async fn() {
    assert.equal((await interrupt("info", ["SIGINT"])).signal, "SIGINT");
  },
});
