import assert from "node:assert/strict";
import { formatDuration, ProgressBar, renderProgress } from "../../../src/cli/terminal/progress.ts";

const state = { label: "train", unit: "steps", done: 500, total: 2000, detail: "loss 1.92" };

Deno.test("a progress line shows share, count, rate, time left and detail", () => {
  const line = renderProgress({ ...state, unitsPerSecond: 12.34 }, 120);
  assert.match(
    line,
    /^train █{8}░{24} {2}25 % · 500\/2000 steps · 12\.3 steps\/s · 2 min 02 s left · loss 1\.92$/,
  );
});

Deno.test("a progress line fits any width, leaving out its end first", () => {
  for (let columns = 0; columns <= 130; columns++) {
    const line = renderProgress({ ...state, unitsPerSecond: 12.34 }, columns);
    assert.ok(line.length <= columns, `${columns}: ${line}`);
  }
  assert.match(renderProgress(state, 40), /^train █+░+ {2}25 % · 500\/2000 steps$/);
});

Deno.test("a progress line bears more than the total, and a total of zero", () => {
  assert.match(renderProgress({ ...state, done: 3000 }, 80), /█{32} 100 %/);
  assert.match(renderProgress({ ...state, done: 0, total: 0 }, 80), /█{32} 100 %/);
});

Deno.test("a bar redraws at most ten times a second and counts its rate from the first update", () => {
  let timeMs = 0;
  let redraws = 0;
  const bar = new ProgressBar(2000, "train", "steps", () => redraws++, () => {}, () => timeMs);
  for (; timeMs <= 1000; timeMs++) bar.update(1000 + timeMs / 10);
  assert.equal(redraws, 11);
  timeMs = 1000;
  assert.match(bar.render(100), / · 1100\/2000 steps · 100 steps\/s · 9 s left$/);
});

Deno.test("durations are written with their two largest units", () => {
  assert.equal(formatDuration(0.4), "0 s");
  assert.equal(formatDuration(59.6), "1 min 00 s");
  assert.equal(formatDuration(200), "3 min 20 s");
  assert.equal(formatDuration(3599.7), "1 h 00 min");
  assert.equal(formatDuration(90_000), "25 h 00 min");
});
