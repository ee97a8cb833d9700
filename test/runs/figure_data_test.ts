import assert from "node:assert/strict";
import { runFigureData } from "../../src/runs/figure_data.ts";
import type { ImageRunConfig } from "../../src/runs/vit/run_config.ts";
import { trainingOptions } from "../../src/train/options.ts";
import { RunDirectory } from "../../src/train/run_directory.ts";
import { tinyVitConfig } from "../tiny_images.ts";

Deno.test("figures call data what people call it", async () => {
  const names: readonly [name: string, title: string][] = [
    ["mnist", "MNIST"],
    ["folder:/home/me/photos", "photos"],
    [`hf:uoft-cs/cifar10/plain_text@${"5".repeat(40)}`, "uoft-cs/cifar10 (plain_text)"],
    [`hf:owner/name/default@${"0".repeat(40)}`, "owner/name"],
  ];
  for (const [name, title] of names) {
    const folder = await Deno.makeTempDir();
    try {
      const directory = new RunDirectory(folder);
      const config: ImageRunConfig = {
        family: "vit",
        model: tinyVitConfig(),
        training: trainingOptions({ steps: 2000 }),
        epochs: null,
        data: { name, source: name, sha256: "", augment: "none", mean: [0.5], std: [0.5] },
        init: null,
      };
      await directory.create(config);
      const { subject } = await runFigureData(directory);
      assert.equal(subject, `${title}, 2 layers, width 16, 2,000 steps, 1.58 bits (absmean)`);
    } finally {
      await Deno.remove(folder, { recursive: true });
    }
  }
});
