import assert from "node:assert/strict";
import {
  formatAugmentation,
  mixesImages,
  noAugmentation,
  parseAugmentation,
} from "../../../../src/data/images/augment/augmentation.ts";

Deno.test("changes are read as they are written", () => {
  assert.deepEqual(parseAugmentation("none"), noAugmentation);
  const all = "crop:2+flip+rand:1:5+mixup:0.8+cutmix:1";
  const augmentation = parseAugmentation(all);
  assert.deepEqual(augmentation, {
    ...{ crop: 2, flip: true, mixup: 0.8, cutmix: 1 },
    randAugment: { operations: 1, magnitude: 5 },
  });
  assert.equal(formatAugmentation(augmentation), all);
  assert.equal(formatAugmentation(parseAugmentation("flip+crop")), "crop:4+flip");
  assert.equal(formatAugmentation(parseAugmentation("rand")), "rand:2:9");
  assert.deepEqual(["none", "flip", "mixup"].map(parseAugmentation).map(mixesImages), [
    false,
    false,
    true,
  ]);
});

Deno.test("what is no change is one clear line", () => {
  const cases: [text: string, why: RegExp][] = [
    ["", /^Cannot augment by "": Accepted: none, or some of crop:PIXELS/],
    ["corp", /^Cannot augment by corp: did you mean crop\?/],
    ["crop:0", /behind crop a whole number of pixels above 0 is accepted$/],
    ["crop:1:2", /behind crop/],
    ["crop:", /behind crop/],
    ["flip:1", /behind flip nothing is accepted$/],
    ["rand:0", /behind rand 1 to 14 operations and a magnitude from 0 to 30/],
    ["rand:2:31", /behind rand/],
    ["mixup:x", /behind mixup a number above 0/],
    ["toString", /^Cannot augment by toString: /],
  ];
  for (const [text, message] of cases) {
    assert.throws(() => parseAugmentation(text), { name: "InputError", message });
  }
});
