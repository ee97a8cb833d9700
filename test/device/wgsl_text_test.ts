import assert from "node:assert/strict";
import {
  joinedSource,
  numberedSource,
  placeMessage,
  variantName,
} from "../../src/device/webgpu/wgsl_text.ts";

const alone = { file: "room/one.wgsl", source: "a\nb\n", tile: [1] };
const joined = {
  ...alone,
  parts: [
    { file: "room/parts/two.wgsl", source: "c\n" },
    { file: "room/parts/three.wgsl", source: "d\ne" },
  ],
};

Deno.test("joinedSource: the variant's own file comes first, and every file ends its line", () => {
  assert.equal(joinedSource(alone), "a\nb\n");
  assert.equal(joinedSource(joined), "a\nb\n\nc\n\nd\ne\n");
});

Deno.test("placeMessage: lines of the joined text become lines of files", () => {
  const place = (line: number) => placeMessage(joined, `error at wgsl:${line}:9 here`);
  assert.equal(place(2), "error at room/one.wgsl:2:9 here");
  assert.equal(place(4), "error at room/parts/two.wgsl:1:9 here");
  assert.equal(place(7), "error at room/parts/three.wgsl:2:9 here");
  assert.equal(place(99), "error at wgsl:99:9 here");
  assert.equal(placeMessage(joined, ":6:1 error: no"), "room/parts/three.wgsl:1:1 error: no");
  const lines = joinedSource(joined).split("\n");
  assert.equal(lines[7 - 1], "e");
});

Deno.test("numberedSource: each file has its own numbers", () => {
  assert.equal(numberedSource(alone), "   1 a\n   2 b");
  assert.match(
    numberedSource(joined),
    /^room\/one\.wgsl:\n {3}1 a\n[^]*three\.wgsl:\n {3}1 d\n {3}2 e$/,
  );
});

Deno.test("variantName: the file, and what it is joined with first", () => {
  assert.equal(variantName(alone), "room/one.wgsl");
  assert.equal(variantName(joined), "room/one.wgsl + two.wgsl");
});
