import assert from "node:assert/strict";
import { preprocessorFromJson, preprocessorToJson } from "../../../src/models/vit/preprocessor.ts";
import { tinyVitConfig } from "../../tiny_images.ts";

const config = tinyVitConfig({});
const { imageSize: side, channels } = config;
const each = (value: number) => Array.from({ length: channels }, () => value);

Deno.test("what a model here wants of its pixels survives being written and read", () => {
  const normalization = { mean: each(0.4), std: each(0.2) };
  const json = JSON.parse(JSON.stringify(preprocessorToJson(config, normalization)));
  assert.deepEqual(preprocessorFromJson(json, config, "p.json", assert.fail), normalization);
});

Deno.test("pixels become the numbers that transformers makes of them", () => {
  const b = 100;
  const cases: readonly [Record<string, unknown>, number][] = [
    [{}, (b / 255 - 0.5) / 0.5],
    [{ image_mean: each(0.25), image_std: each(0.125) }, (b / 255 - 0.25) / 0.125],
    [{ image_mean: [0.25], image_std: 0.125 }, (b / 255 - 0.25) / 0.125],
    [{ rescale_factor: 1 / 128, image_mean: each(1), image_std: each(1) }, b / 128 - 1],
    [{ do_rescale: false, image_mean: each(120), image_std: each(60) }, (b - 120) / 60],
    [{ do_normalize: false }, b / 255],
    [{ do_normalize: false, rescale_factor: 1 / 128 }, b / 128],
    [{ size: side }, (b / 255 - 0.5) / 0.5],
    [{ size: { shortest_edge: side } }, (b / 255 - 0.5) / 0.5],
    [{ do_resize: false, size: { height: 1, width: 2 } }, (b / 255 - 0.5) / 0.5],
  ];
  for (const [json, expected] of cases) {
    const { mean, std } = preprocessorFromJson(json, config, "p.json", assert.fail);
    for (let channel = 0; channel < channels; channel++) {
      const actual = (b / 255 - mean[channel]) / std[channel];
      assert.ok(Math.abs(actual - expected) < 1e-9, `${JSON.stringify(json)}: ${actual}`);
    }
  }
});

Deno.test("what would change the pictures otherwise is refused by name, or said", () => {
  const refused = (json: unknown, message: RegExp) =>
    assert.throws(() => preprocessorFromJson(json, config, "p.json"), {
      name: "InputError",
      message,
    });
  refused([], /must be a JSON object/);
  refused({ image_std: each(0) }, /image_std is .*above 0/);
  refused({ image_mean: Array(channels + 1).fill(0.5) }, /the model has \d channels/);
  refused({ image_mean: "0.5" }, /image_mean is "0\.5", it must be a list of numbers/);
  refused({ do_center_crop: true }, /do_center_crop is true, this version has it false only/);
  refused({ size: { height: side, width: side + 1 } }, /size is .*the model has images of/);
  refused({ size: { longest_edge: side } }, /longest_edge is/);
  refused({ sharpen: 2 }, /sharpen is 2, this version does not know the field/);
  const notes: string[] = [];
  preprocessorFromJson({ resample: 3 }, config, "p.json", (line) => notes.push(line));
  assert.match(notes[0], /method 3 of PIL/);
});
