import assert from "node:assert/strict";
import { join } from "node:path";
import { InputError } from "../../src/errors.ts";
import type { RunConfig } from "../../src/train/run_config.ts";
import { newestRun, RunDirectory } from "../../src/train/run_directory.ts";
import { tinyConfig } from "../tiny_text.ts";
import { tinyOptions, withFolder } from "./tiny_run.ts";

const config: RunConfig = {
  family: "text",
  model: tinyConfig({ dropout: 0.1, tieWordEmbeddings: true }),
  training: tinyOptions({ earlyStop: 3, schedule: "two-stage" }),
  epochs: 1.5,
  data: { name: "/a/novel.txt", source: "a novel", sha256: "00ff" },
  init: "/runs/float",
};

Deno.test("a run is there once its configuration is, and gives it back", () =>
  withFolder(async (folder) => {
    const run = new RunDirectory(join(folder, "deep", "run"));
    assert.equal(await run.exists(), false);
    await run.create(config, { version: "1.0" });
    assert.equal(await run.exists(), true);
    assert.deepEqual(await run.readConfig(), config);
    assert.deepEqual(JSON.parse(await Deno.readTextFile(run.tokenizerPath)), { version: "1.0" });
    const json = JSON.parse(await Deno.readTextFile(run.configPath));
    assert.deepEqual(Object.keys(json.versions), ["bittext", "deno"]);
    assert.deepEqual(json.architectures, ["BitNetForCausalLM"]);
  }));

Deno.test("a file in a run's place is no run, and cannot become one", () =>
  withFolder(async (folder) => {
    const run = new RunDirectory(join(folder, "file"));
    await Deno.writeTextFile(run.path, "mine");
    assert.equal(await run.exists(), false);
    await assert.rejects(run.create(config, {}), InputError);
    assert.equal(await Deno.readTextFile(run.path), "mine");
  }));

Deno.test("a model directory is not taken for a run", () =>
  withFolder(async (folder) => {
    const run = new RunDirectory(folder);
    await run.create(config, {});
    const { training: _, ...model } = JSON.parse(await Deno.readTextFile(run.configPath));
    await Deno.writeTextFile(run.configPath, JSON.stringify(model));
    await assert.rejects(run.readConfig(), /no training and data sections/);
  }));

Deno.test("rewinding removes what came after the step, and half-written ends", () =>
  withFolder(async (folder) => {
    const run = new RunDirectory(folder);
    await run.rewindTo(0);
    assert.deepEqual(await run.metrics(), []);
    for (const step of [1, 2, 3, 4]) {
      await run.log({ step, split: "train", loss: 1 / step });
      if (step % 2 === 0) await run.sample(step, `a sample\nof step ${step}`);
    }
    const whole = await Deno.readTextFile(run.metricsPath);
    await Deno.writeTextFile(run.metricsPath, '{"step": 5, "spl', { append: true });
    assert.equal((await run.metrics()).length, 4);
    await run.rewindTo(4);
    assert.equal(await Deno.readTextFile(run.metricsPath), whole);
    await run.rewindTo(2);
    const lines = await run.metrics();
    assert.deepEqual(lines.map(({ time: _, seconds: __, ...line }) => line), [
      { step: 1, split: "train", loss: 1 },
      { step: 2, split: "train", loss: 0.5 },
    ]);
    for (const { time, seconds } of lines) {
      assert.ok(Math.abs(Date.parse(String(time)) - Date.now()) < 60_000);
      assert.ok(Number(seconds) >= 0 && Number(seconds) < 60);
    }
    // A run that goes on counts on from where it was.
    await Deno.writeTextFile(run.metricsPath, '{"step":2,"split":"val","loss":1,"seconds":1000}\n');
    await run.rewindTo(2);
    await run.log({ step: 3, split: "train", loss: 1 });
    const { seconds } = (await run.metrics()).at(-1)!;
    assert.ok(Number(seconds) >= 1000 && Number(seconds) < 1060, String(seconds));
    assert.equal(
      await Deno.readTextFile(run.samplesPath),
      "--- step 2 ---\na sample\nof step 2\n\n",
    );
    await run.rewindTo(0);
    assert.equal(await Deno.readTextFile(run.metricsPath), "");
    assert.equal(await Deno.readTextFile(run.samplesPath), "");
  }));

Deno.test("rewinding removes what a killed process was writing, and nothing else", () =>
  withFolder(async (folder) => {
    const run = new RunDirectory(folder);
    await Deno.mkdir(join(run.checkpointsPath, ".step-000004.tmp"), { recursive: true });
    await Deno.writeTextFile(join(run.checkpointsPath, ".step-000004.tmp", "state.json"), "{");
    await Deno.mkdir(join(run.checkpointsPath, "step-000002"));
    for (const name of [".model.safetensors.123-4.tmp", ".config.json.9-1.tmp", ".mine.tmp"]) {
      await Deno.writeTextFile(join(folder, name), "");
    }
    await run.rewindTo(2);
    const names = async (path: string) =>
      (await Array.fromAsync(Deno.readDir(path), ({ name }) => name)).sort();
    assert.deepEqual(await names(folder), [".mine.tmp", "checkpoints"]);
    assert.deepEqual(await names(run.checkpointsPath), ["step-000002"]);
  }));

Deno.test("the newest run is the one that was written to last", () =>
  withFolder(async (folder) => {
    assert.equal(await newestRun(join(folder, "none")), undefined);
    assert.equal(await newestRun(folder), undefined);
    await Deno.mkdir(join(folder, "empty"));
    await Deno.writeTextFile(join(folder, "file"), "");
    for (const [name, minute] of [["old", 1], ["new", 3], ["middle", 2]] as const) {
      const run = new RunDirectory(join(folder, name));
      await run.create(config, {});
      const time = new Date(2025, 0, 1, 0, minute);
      await Deno.utime(run.configPath, time, time);
    }
    assert.equal((await newestRun(folder))?.path, join(folder, "new"));
    const old = new RunDirectory(join(folder, "old"));
    await old.log({ step: 1, split: "train", loss: 1 });
    assert.equal((await newestRun(folder))?.path, old.path);
  }));
