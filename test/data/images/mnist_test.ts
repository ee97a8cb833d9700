import assert from "node:assert/strict";
import { openImages } from "../../../src/data/images/open_images.ts";
import { messageOf } from "../hub/test_hub.ts";

Deno.test("mnist needs no hub: 60,000 digits to train on, 10,000 to be evaluated on", async () => {
  const { train, test, classes, mean, std, sha256 } = await openImages("mnist");
  assert.deepEqual([train.count, test.count, classes.length], [60_000, 10_000, 10]);
  assert.deepEqual([train.height, train.width, train.channels], [28, 28, 1]);
  assert.deepEqual([...train.labels.subarray(0, 5)], [5, 0, 4, 1, 9]);
  assert.deepEqual([mean[0].toFixed(4), std[0].toFixed(4)], ["0.1307", "0.3081"]);
  assert.equal(sha256, "ca679089cd9dd461d7b26e36e51216fc71f9271f8082e09656a7c1d29a50483b");
});

Deno.test("what is no image data set is one line, with a suggestion", async () => {
  assert.match(
    await messageOf(openImages("mnits")),
    /^InputError: Cannot use the data mnits: .*did you mean mnist\?/,
  );
  assert.match(
    await messageOf(openImages("mnist", { imageSize: 0 })),
    /^InputError: Cannot use the image size 0: a whole number/,
  );
});
