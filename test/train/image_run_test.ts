import assert from "node:assert/strict";
import { basename, join } from "node:path";
import { loadImageClassifier } from "../../src/models/vit/load.ts";
import { listCheckpoints } from "../../src/train/checkpoint.ts";
import { evaluateImages } from "../../src/runs/vit/evaluation.ts";
import { RunDirectory } from "../../src/train/run_directory.ts";
import { deviceTest } from "../devices.ts";
import { brightData, runTinyImages } from "./tiny_image_run.ts";
import { checkpointBytes, tinyOptions, withFolder } from "./tiny_run.ts";

deviceTest(
  "a run on images learns them, and leaves its files",
  (device) =>
    withFolder(async (path) => {
      const options = { steps: 80, batch: 8, evalEvery: 20, logEvery: 20 };
      const { final, best } = await runTinyImages({ device, path, options });
      assert.ok(final.top1 > 0.7, `${final.top1}`);
      assert.ok(final.top5 === 1 && final.images === 20);

      const directory = new RunDirectory(path);
      assert.equal((await directory.readConfig()).family, "vit");
      const metrics = await directory.metrics();
      const last = metrics.at(-1)!;
      assert.deepEqual([last.split, last.loss, last.top1], ["val", final.loss, final.top1]);
      for (const line of metrics.filter(({ split }) => split === "train")) {
        assert.ok(Number(line.images_per_second) > 0 && !("perplexity" in line));
      }
      assert.ok(Object.keys(last.layers!).includes("vit.encoder.layer.0.output.dense"));

      using model = await loadImageClassifier(path, device);
      const { validation } = brightData(tinyOptions(options));
      assert.equal((await evaluateImages(model, validation)).loss, best.loss);
    }),
);

deviceTest(
  "a run on mixed, moved images goes on exactly where it was",
  (device) =>
    withFolder(async (folder) => {
      const options = { steps: 9, batch: 4, accumulate: 2, saveEvery: 1, evalEvery: 3, keep: 20 };
      const augment = "crop:1+flip+mixup:0.3+cutmix";
      const config = { dropout: 0.1, stochasticDepth: 0.2 };
      const whole = join(folder, "whole");
      await runTinyImages({ device, path: whole, options, augment, config });
      const checkpoints = await listCheckpoints(join(whole, "checkpoints"));
      const last = await checkpointBytes(checkpoints[8].path);
      for (const { step, path } of [checkpoints[0], checkpoints[5]]) {
        const resumed = join(folder, `from ${step}`);
        const from = join(resumed, "checkpoints", basename(path));
        await Deno.mkdir(from, { recursive: true });
        for (const [name, bytes] of await checkpointBytes(path)) {
          await Deno.writeFile(join(from, name), bytes);
        }
        await runTinyImages({ device, path: resumed, options, augment, config, from });
        const [end] = (await listCheckpoints(join(resumed, "checkpoints"))).slice(-1);
        assert.deepEqual(await checkpointBytes(end.path), last, `from step ${step}`);
      }
    }),
);

deviceTest("quantization can begin later for images too", (device) =>
  withFolder(async (path) => {
    const began: number[] = [];
    const options = { steps: 8, batch: 8, qatStart: 0.5, logEvery: 1 };
    await runTinyImages({
      device,
      path,
      options,
      hooks: { onQuantization: (step) => began.push(step) },
    });
    assert.deepEqual(began, [4]);
    const phases = (await new RunDirectory(path).metrics()).map(({ phase }) => phase);
    assert.deepEqual([...new Set(phases)], ["float", "quantized"]);
  }));
