import assert from "node:assert/strict";
import { drawFigures } from "../../src/figures/draw.ts";
import { Figure } from "../../src/figures/figure.ts";
import { DARK } from "../../src/figures/palette.ts";
import { renderPng } from "../../src/figures/render_png.ts";
import { textWidth } from "../../src/figures/text_width.ts";
import { sampleSweep } from "./sample_data.ts";

/** The pixels of a PNG file, 8 bits per channel. */
async function decodePng(png: Uint8Array) {
  assert.deepEqual([...png.subarray(0, 8)], [137, 80, 78, 71, 13, 10, 26, 10]);
  const view = new DataView(png.buffer, png.byteOffset);
  const data: Uint8Array<ArrayBuffer>[] = [];
  let end = false;
  for (let at = 8; at < png.length;) {
    const length = view.getUint32(at);
    const type = new TextDecoder().decode(png.subarray(at + 4, at + 8));
    if (type === "IDAT") data.push(png.slice(at + 8, at + 8 + length));
    end ||= type === "IEND";
    at += length + 12;
  }
  assert.ok(end);
  const [width, height] = [view.getUint32(16), view.getUint32(20)];
  const inflated = new Blob(data).stream().pipeThrough(new DecompressionStream("deflate"));
  return { width, height, bytes: new Uint8Array(await new Response(inflated).arrayBuffer()) };
}

Deno.test("a figure is a PNG of twice its size, with the text in it", async () => {
  const { figures: [{ svg }] } = await drawFigures(sampleSweep([32, 1], [0]), ["final-loss"]);
  const [, columns, rows] = /width="(\d+)" height="(\d+)"/.exec(svg)!;
  const png = await renderPng(svg);
  const { width, height, bytes } = await decodePng(png);
  assert.deepEqual([width, height], [2 * Number(columns), 2 * Number(rows)]);
  assert.equal(bytes.length, height * (1 + 4 * width));
  const without = await renderPng(svg.replaceAll(/<text[^>]*>[^<]*<\/text>/g, ""));
  assert.ok(png.length > without.length + 3000, "no text was drawn");
});

Deno.test("a figure has a dark form, a description, and ids of its own", async () => {
  const names = ["loss", "gradient-norm"];
  const { figures } = await drawFigures(sampleSweep([32, 1], [0, 1]), names);
  const ids = figures.flatMap(({ svg }) =>
    Array.from(svg.matchAll(/ id="([^"]+)"/g), ([, i]) => i)
  );
  assert.equal(new Set(ids).size, ids.length);
  for (const { svg, title } of figures) {
    assert.match(svg, /prefers-color-scheme:dark/);
    for (const [light, dark] of Object.entries(DARK)) {
      assert.ok(svg.includes(`[fill="${light}"]{fill:${dark}}`));
    }
    assert.ok(svg.includes(`fill="#ffffff"`) && svg.includes(`fill="#1f2328"`));
    assert.ok(svg.includes(`<title>${title}</title><desc>`));
    assert.match(svg, /font-family="Arial, .*sans-serif"/);
  }
  const again = await drawFigures(sampleSweep([32, 1], [0, 1]), names);
  assert.deepEqual(again, { figures, leftOut: [], failed: [] });
});

Deno.test("the width of a text is that of its characters", () => {
  assert.equal(textWidth("", 10, false), 0);
  assert.equal(textWidth("ab", 1000, false), 1112);
  assert.ok(textWidth("iii", 10, false) < textWidth("MMM", 10, false));
  assert.ok(textWidth("ab", 10, true) > textWidth("ab", 10, false));
});

Deno.test("a notebook shows a figure as its drawing", () => {
  const figure = new Figure({ name: "a", title: "A", caption: "One line.", svg: "<svg/>" });
  const display = (figure as unknown as Record<symbol, () => Record<string, string>>)[
    Symbol.for("Jupyter.display")
  ].call(figure);
  assert.deepEqual(display, { "image/svg+xml": "<svg/>", "text/plain": "A: One line." });
});
