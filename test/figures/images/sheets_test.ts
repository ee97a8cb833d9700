import assert from "node:assert/strict";
import { Normalization } from "../../../src/data/images/augment/normalization.ts";
import { openDevice } from "../../../src/device/open_device.ts";
import { acrossWidths } from "../../../src/figures/images/across_widths.ts";
import {
  attentionRollout,
  type ImageAttention,
  lastBlockMaps,
} from "../../../src/figures/images/attention_maps.ts";
import { drawImageFigures } from "../../../src/figures/images/draw_images.ts";
import type { PicturedModel } from "../../../src/figures/images/model_pictures.ts";
import {
  colorAt,
  enlarged,
  HEAT,
  laidOver,
  pngAddress,
  rasterOf,
} from "../../../src/figures/images/raster.ts";
import { renderPng } from "../../../src/figures/render_png.ts";
import { ImageClassifier } from "../../../src/models/vit/model.ts";
import { randomSplit } from "../../data/images/tiny_images.ts";
import { tinyVitConfig } from "../../tiny_images.ts";
import { assertStandsAlone, textsOf } from "../svg.ts";

/** Two blocks, two heads, a class token and two patches. */
const attention: ImageAttention = {
  ...{ layers: 2, heads: 2, tokens: 3, hasClassToken: true },
  probabilities: Float32Array.of(
    ...[0, 1, 0, 0, 0, 1, 1, 0, 0], // block 1, head 1
    ...[0, 0, 1, 0, 1, 0, 0, 0, 1],
    ...[0.5, 0.5, 0, 0, 1, 0, 0, 0, 1], // block 2, head 1
    ...[0.2, 0.2, 0.6, 1, 0, 0, 1, 0, 0],
  ),
};

Deno.test("maps of the last block are what the class token looks at", () => {
  const maps = lastBlockMaps(attention).map((map) => [...map]);
  assert.deepEqual(maps[0], [0.5, 0]);
  maps[1].forEach((share, at) => assert.ok(Math.abs(share - [0.2, 0.6][at]) < 1e-6));
  const all = lastBlockMaps({ ...attention, hasClassToken: false })[0];
  // Means over the columns.
  [...all].forEach((share, at) => assert.ok(Math.abs(share - [0.5, 1.5, 1][at] / 3) < 1e-6));
});

Deno.test("rollout follows attention through the blocks, half of it along the residual stream", () => {
  // Block 1: ½ I + ½ mean of the heads; the row of the class token is [½, ¼, ¼].
  // Block 2: its row is ½ [1, 0, 0] + ½ [.35, .35, .3] = [.675, .175, .15].
  const first = [[0.5, 0.25, 0.25], [0, 0.75, 0.25], [0.25, 0, 0.75]];
  const expected = [1, 2].map((patch) =>
    0.675 * first[0][patch] + 0.175 * first[1][patch] + 0.15 * first[2][patch]
  );
  const rollout = attentionRollout(attention);
  assert.equal(rollout.length, 2);
  expected.forEach((share, at) => assert.ok(Math.abs(rollout[at] - share) < 1e-6));
});

Deno.test("pictures: colors, enlarging, laying over", async () => {
  assert.deepEqual(colorAt(HEAT, 0), [0, 0, 4]);
  assert.deepEqual(colorAt(HEAT, 2), [252, 255, 164]);
  assert.deepEqual(colorAt([[0, 0, 0], [100, 50, 0]], 0.5), [50, 25, 0]);
  const raster = rasterOf([0, 1], 2, (value) => [value, 2 * value, 255]);
  assert.deepEqual([...enlarged(raster, 2).pixels.subarray(0, 12)], [
    ...[0, 0, 255, 0, 0, 255, 1, 2, 255, 1, 2, 255],
  ]);
  const over = laidOver({ ...raster, pixels: new Uint8Array(6).fill(100) }, () => [0, 0, 200], 0.5);
  assert.deepEqual([...over.pixels], [50, 50, 150, 50, 50, 150]);
  assert.match(await pngAddress(raster), /^data:image\/png;base64,iVBORw0KGgo/);
});

for (
  const [title, form] of [
    ["patches and a class token", {}],
    [
      "convolutions and pooling",
      { tokenizer: { kind: "convolution", layers: 1, channels: 4 }, pooling: "sequence" },
    ],
  ] as const
) {
  Deno.test(`figures of a model with ${title}`, async () => {
    using device = await openDevice({ backend: "cpu" });
    const config = tinyVitConfig(form);
    using model = new ImageClassifier(config, device);
    model.memory.initialize(0);
    const pictured: PicturedModel = {
      model,
      split: randomSplit({ height: 8, width: 8, channels: 3 }, 30, 5),
      classes: ["ant", "bee & wasp", "cat", "dog", "elk"],
      normalization: new Normalization([0.5, 0.5, 0.5], [0.25, 0.25, 0.25]),
      subject: "Tiny, random",
    };
    const figures = await drawImageFigures(pictured);
    const widths = await acrossWidths(
      [{ ...pictured, label: "float" }, { ...pictured, label: "1 bit" }],
      "Tiny, random",
    );
    const names = [...figures, widths!].map(({ name }) => name);
    assert.deepEqual(names, [
      ...["attention", "misclassified", "patch-filters", "position-similarity", "across-widths"],
    ]);
    for (const { svg, title, caption } of [...figures, widths!]) {
      assertStandsAlone(svg);
      assert.ok(svg.includes(`<title>${title}</title>`));
      assert.ok(caption.length > 40 && svg.includes("prefers-color-scheme:dark"));
      assert.ok(textsOf(svg).includes("Tiny, random"));
    }
    const heads = textsOf(figures[0].svg);
    assert.ok(
      ["Image", "Head 1", "Head 2", "Rollout", "bee &amp; wasp"].every((text) =>
        heads.includes(text)
      ),
    );
    assert.equal(heads.filter((text) => /^→ .+, \d+ %$/.test(text)).length, 5);
    // The same figures again, and as PNG with the pictures in it.
    assert.deepEqual(await drawImageFigures(pictured), figures);
    const withPictures = await renderPng(figures[0].svg);
    const without = await renderPng(figures[0].svg.replaceAll(/<image.*?<\/image>/g, ""));
    assert.ok(withPictures.length > without.length + 2000);
  });
}
