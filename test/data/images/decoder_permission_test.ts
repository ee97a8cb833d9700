import assert from "node:assert/strict";
import { decodeImage } from "../../../src/data/images/decode_image.ts";
import { messageOf } from "../hub/test_hub.ts";

const folder = new URL("../../golden/images/", import.meta.url);

// Alone in its file: a decoder that is loaded already would need no permission.
Deno.test({
  name: "where Deno may not read the decoder, no image is called damaged for it",
  permissions: { read: [folder] },
  async fn() {
    const bytes = await Deno.readFile(new URL("color.jpg", folder));
    assert.equal(
      await messageOf(decodeImage(bytes)),
      "InputError: Cannot load what decodes images: Deno may not, run it with --allow-read",
    );
  },
});
