import assert from "node:assert/strict";
import { drawFigures } from "../../src/figures/draw.ts";
import { reportHtml } from "../../src/sweep/report.ts";
import type { RunResult } from "../../src/sweep/run_result.ts";
import type { SweepRecord } from "../../src/sweep/sweep_directory.ts";
import { sampleSweep } from "../figures/sample_data.ts";
import { sampleResult } from "./sample_result.ts";

const record: SweepRecord = {
  settings: { bits: [1.58, 32], seed: [0, 1], lr: [0.001], data: ["/a/<b>.txt"] },
  data: [{ spec: "b.txt", name: "/a/<b>.txt", sha256: "0123abcd" }],
  command: "deno task sweep --bits=1.58,32 --seed=0,1 --data='<b>.txt'",
  versions: { bittext: "1.2.3", deno: "2.0.0" },
};

const results: RunResult[] = [
  ...[sampleResult(1.58, 0, 1.81), sampleResult(1.58, 1, 1.79)],
  ...[sampleResult(32, 0, 1.71), sampleResult(32, 1, 1.73)],
];

const failed: RunResult = {
  ...sampleResult(1, 0, 0),
  error: "Cannot go on at step 7: the loss is NaN & <gone>",
  exit_code: 1,
};

/** Asserts that every tag is closed, and that nothing but the page itself is needed. */
function assertSelfContained(html: string): void {
  assert.match(html, /^<!doctype html>\n<html lang="en">/);
  assert.doesNotMatch(html, /https?:|<script|<link|<img|<iframe|@import|src=/);
  for (const [, target] of html.matchAll(/(?:href="|url\()([^")]*)/g)) assert.match(target, /^#/);
  const open: string[] = [];
  const body = html.replace(/<style>[^]*?<\/style>/g, "").replace("<!doctype html>", "");
  for (const [, closing, name, empty] of body.matchAll(/<(\/?)([a-zA-Z1-6]+)[^<>]*?(\/?)>/g)) {
    if (closing) assert.equal(open.pop(), name);
    else if (!empty && name !== "meta") open.push(name);
  }
  assert.deepEqual(open, []);
}

Deno.test("a report stands alone and opens with the key table", async () => {
  const drawn = await drawFigures(sampleSweep([32, 1.58], [0, 1]));
  const content = { subject: "Poems, 2 layers", token: "byte", record, results, drawn };
  const html = reportHtml(content);
  assertSelfContained(html);
  const [table] = /<table>[^]*?<\/table>/.exec(html)!;
  assert.ok(html.indexOf("<table>") < html.indexOf("<svg"));
  assert.match(table, /<th>Loss, nats per byte<\/th><th>Above float<\/th><th>Perplexity/);
  const rows = Array.from(
    table.matchAll(/<tr>(<td>[^]*?)<\/tr>/g),
    ([, row]) => Array.from(row.matchAll(/<td[^>]*>([^<]*)/g), ([, cell]) => cell),
  );
  assert.deepEqual(rows.map((cells) => cells.slice(0, 7)), [
    ["32", "none", "0.1", "2", "1.7200 ± 0.0141", "", "5.58"],
    ["1.58", "absmean", "0.1", "2", "1.8000 ± 0.0141", "+0.0800", "6.05"],
  ]);
  for (const { caption, title } of drawn.figures) {
    assert.ok(html.includes(`<figcaption>${caption}</figcaption>`), title);
  }
  assert.match(html, /prefers-color-scheme:dark/);
  assert.ok(html.includes("--data='&lt;b&gt;.txt'</code>"));
  assert.ok(html.includes("0123abcd"));
  assert.match(html, /<td class="text">--bits<\/td><td class="text">1\.58, 32<\/td>/);
  assert.doesNotMatch(html, /Runs that failed/);
  assert.doesNotMatch(html, /NaN|undefined/);
});

Deno.test("a report lists runs that failed and figures that are missing", async () => {
  const drawn = await drawFigures(sampleSweep([1.58], [0]));
  const content = { subject: "Poems", token: "byte", record, results: [...results, failed], drawn };
  const html = reportHtml(content);
  assertSelfContained(html);
  assert.match(
    html,
    /Runs that failed[^]*<code>1 0 0\.1<\/code>: .*is NaN &amp; &lt;gone&gt;<\/li>/,
  );
  assert.match(html, /Left out: float-gap \(needs a float run/);
});

Deno.test("a report of nothing but failures, without figures, is a report", () => {
  const content = { subject: "", token: "token", record, results: [failed], drawn: undefined };
  const html = reportHtml(content);
  assertSelfContained(html);
  assert.match(html, /No run has finished/);
  assert.match(html, /The figures could not be drawn/);
});
