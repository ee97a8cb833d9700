/**
 * Work that fails in the middle: one line, exit code 1, and the last checkpoint is whole.
 */
import assert from "node:assert/strict";
import { assertFails, assertSameRun, programTest, withWorkplace } from "./program.ts";

programTest("a loss that is not a number ends the run with the way back", async (place) => {
  const flags = ["--steps", "30", "--clip", "0", "--save-every", "1"];
  const ended = await place.run(place.training("run", ...flags, "--lr", "1e4"));
  const way = /at step (\d+): .*last finite loss \d+\.\d+\); go back to (run\/.*step-0*(\d+)): /;
  assertFails(ended, 1, way);
  const [, step, checkpoint, saved] = way.exec(ended.stderr)!;
  // The checkpoint of the step before holds the weights that gave no number.
  assert.equal(Number(saved), Number(step) - 2);
  await place.train("again", "--steps", "2", "--init", checkpoint);

  const none = place.training("early", ...flags, "--lr", "1e30", "--warmup", "0");
  assertFails(await place.run(none), 1, /no checkpoint from before it; start again with a lower/);
});

const noDriver = {
  VK_DRIVER_FILES: "/none",
  VK_ICD_FILENAMES: "/none",
  DENO_WEBGPU_BACKEND: "vulkan",
};

Deno.test({
  name: "without an adapter it says what to install",
  ignore: Deno.build.os !== "linux",
  fn: () =>
    withWorkplace(async (place) => {
      const before = await place.files();
      for (const args of [place.training("run"), ["info"]]) {
        args.push("--device", "webgpu");
        assertFails(
          await place.run(args, { env: noDriver }),
          1,
          /no adapter found; install a Vulkan driver \(.*apt-get install mesa-vulkan-drivers/,
        );
      }
      assert.deepEqual([...await place.files()], [...before]);
    }),
});

async function command(...args: string[]): Promise<boolean> {
  const [name, ...rest] = args;
  try {
    return (await new Deno.Command(name, { args: rest, stderr: "null" }).output()).success;
  } catch {
    return false;
  }
}

programTest("a disk that fills up leaves the last checkpoint whole", async (place) => {
  const disk = place.path("disk");
  await Deno.mkdir(disk);
  if (!await command("mount", "-t", "tmpfs", "-o", "size=256k", "tmpfs", disk)) {
    console.error("*** NOT TESTED: a full disk, because a small one cannot be mounted here ***");
    return;
  }
  try {
    const flags = ["--steps", "12", "--save-every", "1", "--log-every", "1", "--keep", "100"];
    const args = place.training("disk/run", ...flags);
    const full = await place.run(args);
    assertFails(full, 1, /Cannot write disk\/run\/.*: the disk is full, free some space/);
    const kept = await place.checkpoints("disk/run");
    assert.ok(kept.length >= 1 && kept.length < 12, kept.join());
    assertFails(await place.run([...args, "--resume"]), 1, /the disk is full/);
    assert.deepEqual(await place.checkpoints("disk/run"), kept);

    assert.ok(await command("mount", "-o", "remount,size=4m", disk));
    const end = await place.run([...args, "--resume"]);
    assert.equal(end.code, 0, end.stderr);
    await place.train("whole", ...flags);
    assertSameRun(await place.essence("disk/run"), await place.essence("whole"));
  } finally {
    await command("umount", disk);
  }
});
