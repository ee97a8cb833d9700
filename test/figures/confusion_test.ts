import assert from "node:assert/strict";
import { confusionDrawing } from "../../src/figures/confusion.ts";
import { renderSvg } from "../../src/figures/render_svg.ts";

Deno.test("a confusion matrix names what is taken for what most often", async () => {
  const classes = ["cat", "dog", "tiny <cow>"];
  const drawing = confusionDrawing({ classes, counts: [8, 2, 0, 1, 9, 0, 4, 0, 6] });
  assert.match(drawing.caption, /Most often tiny <cow> is taken for cat, 4 times\./);
  const svg = await renderSvg(drawing, "animals", "confusion");
  for (const name of ["cat", "dog", "tiny &lt;cow&gt;", "Taken for"]) assert.ok(svg.includes(name));
  assert.ok(!svg.includes(">0<"), "empty cells are left empty");
});

Deno.test("without a mistake it says so; many classes have no numbers", async () => {
  const count = 64;
  const classes = Array.from({ length: count }, (_, i) => `class ${i}`);
  const counts = Float64Array.from(
    { length: count * count },
    (_, i) => i % (count + 1) === 0 ? 5 : 0,
  );
  const drawing = confusionDrawing({ classes, counts });
  assert.match(drawing.caption, /None is taken for another/);
  assert.ok(!(await renderSvg(drawing, "many", "confusion")).includes(">class 3<"));
});
