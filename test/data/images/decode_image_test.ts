import assert from "node:assert/strict";
import { decodeImage } from "../../../src/data/images/decode_image.ts";
import { messageOf } from "../hub/test_hub.ts";

const folder = new URL("../../golden/images/", import.meta.url);
const file = (name: string) => Deno.readFileSync(new URL(name, folder));

/** What Pillow makes of the files, see `make.py` beside them. */
const expected: Record<string, { width: number; height: number; pixels: number[] }> = JSON.parse(
  Deno.readTextFileSync(new URL("expected.json", folder)),
);

for (const [name, { width, height, pixels }] of Object.entries(expected)) {
  Deno.test(`${name} decodes to what it should`, async () => {
    const image = await decodeImage(file(name));
    assert.deepEqual([image.width, image.height], [width, height]);
    assert.equal(image.channels, pixels.length / (width * height));
    const worst = name.endsWith("jpg") ? 2 : 1;
    pixels.forEach((value, at) =>
      assert.ok(Math.abs(image.pixels[at] - value) <= worst, `${at}: ${image.pixels[at]} ${value}`)
    );
  });
}

Deno.test("a damaged image is reported in a line, and the next one decodes", async () => {
  const [png, jpeg] = [file("color.png"), file("color.jpg")];
  const changed = png.slice();
  changed[50] ^= 1;
  const huge = png.slice();
  new DataView(huge.buffer).setUint32(16, 2 ** 30);
  const cases: [bytes: Uint8Array<ArrayBuffer>, why: RegExp][] = [
    [new Uint8Array(), /^it is empty, PNG, JPEG, WebP and GIF are accepted$/],
    [new TextEncoder().encode("To be, or not to be"), /^it is no image, PNG, JPEG/],
    [new TextEncoder().encode("GIF89a……"), /^it is damaged \(/],
    [new TextEncoder().encode("RIFFabcdWEBPVP8 "), /^it is damaged \(it has no pixels\)/],
    [new TextEncoder().encode("BM and more"), /^it is BMP, PNG/],
    [png.slice(0, 12), /^it is damaged \(/],
    [png.slice(0, -20), /^it is damaged \(/],
    [changed, /^it is damaged \(/],
    [huge, /^it is damaged \(the checksum of its IHDR is wrong\)$/],
    [jpeg.slice(0, 20), /^it is damaged \(it has no frame header\)$/],
    [jpeg.slice(0, -30), /^it is damaged \(Premature end/],
    [jpeg.slice(0, -2), /^it is damaged \(Premature end/],
    [jpeg.slice().fill(0, 200), /^it is damaged \(/],
  ];
  for (const [bytes, why] of cases) {
    const message = (await messageOf(decodeImage(bytes))).replace(/^Error: /, "");
    assert.match(message, why);
    assert.doesNotMatch(message, /\n/);
    const whole = await decodeImage(jpeg);
    assert.equal(whole.pixels.length, 90);
  }
});
