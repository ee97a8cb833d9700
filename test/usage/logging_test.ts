/**
 * What a run leaves for people and other programs: its log and its TensorBoard events.
 */
import assert from "node:assert/strict";
import { readEventFiles, scalarOf } from "../tensorboard/event_reader.ts";
import { assertFails, programTest, type Workplace } from "./program.ts";

const SHORT = ["--steps", "4", "--log-every", "2", "--eval-every", "4"];

async function logOf(place: Workplace, run: string): Promise<string[]> {
  const lines = (await Deno.readTextFile(place.path(run, "train.log"))).split("\n");
  assert.equal(lines.pop(), "");
  return lines.map((line) => {
    const [, time, text] = /^(\d{4}-\d{2}-\d{2}T[\d:.]+Z)(?: {2}(.*))?$/.exec(line) ?? [];
    assert.ok(Date.parse(time) <= Date.now(), line);
    return text ?? "";
  });
}

programTest("the log has what a pipe shows, in the order it was said", async (place) => {
  const args = place.training("run", ...SHORT, "--sample-every", "4");
  const loud = args.filter((arg) => arg !== "--quiet");
  const { code, stdout, stderr } = await place.run(loud);
  assert.equal(code, 0, stderr);
  const said = [...stderr.split("\n"), ...stdout.split("\n")].filter((line) => line !== "");
  const log = await logOf(place, "run");
  assert.deepEqual(log.filter((line) => line !== ""), said.map((line) => line.trimEnd()));
  assert.match(log[0], /^1 layer of width 16/);
  assert.match(log.at(-1)!, /^Done after 4 steps/);
});

programTest("the log goes on when the run does, and keeps what ended it", async (place) => {
  await place.train("run", ...SHORT);
  const before = await logOf(place, "run");
  const more = ["--resume", "--steps", "8"];
  await place.train("run", ...SHORT, ...more);
  const after = await logOf(place, "run");
  assert.deepEqual(after.slice(0, before.length), before);
  const added = after.slice(before.length);
  assert.ok(added.includes("resuming run at step 4"));
  assert.match(added.at(-1)!, /^Done after 8 steps/);

  const diverging = place.training("diverged", "--lr", "1e30", "--warmup", "0", "--clip", "0");
  const ended = await place.run(diverging);
  assertFails(ended, 1, /Cannot go on at step/);
  assert.equal((await logOf(place, "diverged")).at(-1), ended.stderr.trimEnd());
});

programTest(
  "TensorBoard finds each run in its directory, unless it is not wanted",
  async (place) => {
    await place.train("run", ...SHORT);
    await place.train("run", ...SHORT, "--resume", "--steps", "6");
    const events = (await readEventFiles(place.path("run"))).flat();
    const metrics = await place.metrics("run");
    const losses = metrics.filter(({ split }) => split === "train")
      .map(({ step, loss }) => [step, Math.fround(Number(loss))]);
    assert.deepEqual(scalarOf(events, "train/loss"), losses);
    assert.deepEqual(scalarOf(events, "val/loss").map(([step]) => step), [0, 4, 6]);

    await place.train("without", ...SHORT, "--no-tensorboard");
    assert.deepEqual(await readEventFiles(place.path("without")), []);
  },
);
