import assert from "node:assert/strict";
import { charts, runCharts } from "../../src/figures/charts.ts";
import { drawFigures } from "../../src/figures/draw.ts";
import type { FigureData, FigureRun } from "../../src/figures/figure_data.ts";
import { sampleRun, sampleSweep, widthLabel } from "./sample_data.ts";
import { assertStandsAlone, textsOf } from "./svg.ts";

const WIDTHS = [32, 8, 4, 3, 2, 1.58, 1];

function single(run: FigureRun, bits = 1.58): FigureData {
  const series = [{ label: widthLabel(bits), bits, variant: "", runs: [run] }];
  return { subject: "one run", token: "byte", isTested: false, series };
}

async function drawn(data: FigureData, names?: readonly string[]): Promise<Map<string, string>> {
  const { figures } = await drawFigures(data, names);
  for (const { svg, caption } of figures) {
    assertStandsAlone(svg);
    assert.match(caption, /^[^.]+(\.\d[^.]*)*\.$/, "one sentence");
    assert.doesNotMatch(svg + caption, /NaN|undefined|Infinity|\[object/);
  }
  return new Map(figures.map(({ name, svg }) => [name, svg]));
}

Deno.test("every chart of a sweep is drawn, with units and the names of the series", async () => {
  const figures = await drawn({
    ...sampleSweep(WIDTHS, [0, 1, 2]),
    token: "image",
    isTested: true,
  });
  assert.deepEqual([...figures.keys()], charts.map(({ name }) => name));
  for (const [name, svg] of figures) {
    const texts = textsOf(svg);
    assert.ok(texts.includes('Little "text" &amp; more, 2 layers'), name);
    const quantized = /layer-error|weights|codes|thresholds|float-gap/.test(name);
    const shown = WIDTHS.filter((bits) => !(bits === 32 && quantized))
      .filter((bits) => !(name === "sparsity" && [1, 32].includes(bits)));
    for (const bits of shown) assert.ok(texts.includes(widthLabel(bits)), `${name}: ${bits}`);
  }
  const has = (name: string, text: string) => assert.ok(textsOf(figures.get(name)!).includes(text));
  has("loss", "Validation loss (nats per image)");
  has("final-loss", "Last validation loss (nats per image)");
  has("float-gap", "Loss above float (nats per image)");
  has("size-loss", "Packed model (kB)");
  has("size-accuracy", "Test images classified rightly");
  has("layer-error", "SQNR (dB)");
  has("layer-error", "down_proj");
});

/** Points of a chart, as Vega draws them. */
const marks = (svg: string) => svg.match(/aria-roledescription="point"/g)?.length ?? 0;

Deno.test("a point per series, an error bar where there are seeds, and the Pareto front", async () => {
  const names = ["final-loss", "size-loss"];
  const seeds = await drawn(sampleSweep([32, 1.58, 1], [0, 1]), names);
  // Means, and the seeds themselves.
  assert.equal(marks(seeds.get("final-loss")!), 3 + 6);
  assert.match(seeds.get("final-loss")!, /aria-roledescription="rule mark"|mark-rule/);
  assert.match(seeds.get("size-loss")!, /stroke-dasharray="5,4"/);
  const alone = await drawn(sampleSweep([32, 1.58, 1], [0]), names);
  assert.equal(marks(alone.get("final-loss")!), 3);
  for (const seed of seeds.values()) assert.ok(textsOf(seed).includes("float"));
});

Deno.test("the Pareto front of accuracies has what no smaller model beats", () => {
  const { series } = sampleSweep([32, 1.58, 1], [0]);
  const accuracies = new Map([["float", 0.9], ["1.58 bits", 0.95], ["1 bit", 0.8]]);
  const draw = (name: string) =>
    charts.find((chart) => chart.name === name)!.draw({
      subject: "",
      token: "image",
      isTested: true,
      series: series.map((one) => ({
        ...one,
        runs: one.runs.map((run) => ({ ...run, testAccuracy: accuracies.get(one.label) })),
      })),
    })!;
  assert.match(draw("size-accuracy").caption, /smaller model beats: 1 bit and 1\.58 bits;/);
  assert.match(draw("size-loss").caption, /smaller model beats: 1 bit, 1\.58 bits and float;/);
});

Deno.test("what quantization costs is taken seed by seed", async () => {
  const data = sampleSweep([32, 1.58], [0, 1]);
  const ends: Record<string, number> = { "32,0": 1.5, "32,1": 1.9, "1.58,0": 1.53, "1.58,1": 1.93 };
  const series = data.series.map((one) => ({
    ...one,
    runs: one.runs.map((run) => ({
      ...run,
      validationLoss: [{ step: 1, value: ends[`${one.bits},${run.seed}`] }],
    })),
  }));
  const { figures: [gap] } = await drawFigures({ ...data, series }, ["float-gap"]);
  assert.ok(textsOf(gap.svg).includes("+0.030"));
  assert.match(gap.caption, /the largest gap is 0\.030 nats per character, at 1\.58 bits/);
});

Deno.test("a single run is drawn without what compares runs", async () => {
  const figures = await drawn(single(sampleRun(1.58, 0)), runCharts());
  assert.deepEqual([...figures.keys()], runCharts());
  assert.ok(!runCharts().includes("final-loss"));
  const texts = textsOf(figures.get("loss")!);
  assert.ok(texts.includes("Loss (nats per byte)"));
  assert.ok(texts.includes("validation, the whole split"));
  // Of one run the kinds of layers are distinguished, and its blocks.
  assert.ok(textsOf(figures.get("sparsity")!).includes("gate_proj"));
  assert.ok(textsOf(figures.get("layer-error")!).includes("block 2"));
});

Deno.test("a single point is a figure, and what was not measured is left out and said", async () => {
  const run = sampleRun(1.58, 0);
  const point: FigureRun = {
    ...run,
    trainLoss: [{ step: 4, value: 2 }],
    validationLoss: [{ step: 4, value: 2 }],
    gradientNorm: [{ step: 4, value: 1 }],
    layers: run.layers.slice(0, 1),
  };
  const figures = await drawn(single(point));
  const { leftOut } = await drawFigures(single(point));
  assert.deepEqual(leftOut.map(({ name }) => name), ["float-gap"]);
  const forText = charts.filter(({ onlyTested = false }) => !onlyTested).length;
  assert.equal(figures.size, forText - 1);

  const none = { trainLoss: [], validationLoss: [], gradientNorm: [], layers: [] };
  const unknown = { packedBytes: undefined, testAccuracy: undefined, weights: undefined };
  const empty = single({ ...run, ...none, ...unknown });
  const { figures: nothing, leftOut: all } = await drawFigures(empty);
  assert.deepEqual(nothing, []);
  assert.equal(all.length, forText);
  for (const { needs } of all) assert.ok(needs.length > 10);
});

Deno.test("series that share a width are distinguished by shape, and by a legend", async () => {
  const series = ["absmean", "threshold"].map((variant) => ({
    label: `1.58 bits, ${variant}`,
    bits: 1.58,
    variant,
    runs: [sampleRun(1.58, variant.length)],
  }));
  const data = { subject: "schemes", token: "character", isTested: false, series };
  const figures = await drawn(data);
  const size = figures.get("size-loss")!;
  assert.match(size, /aria-roledescription="legend"/);
  for (const { label } of series) assert.ok(textsOf(size).includes(label));
});

Deno.test("a figure that cannot be drawn costs itself only, and labels are what XML allows", async () => {
  const data = sampleSweep([32, 1.58, 1], [0, 1]);
  const evil = {
    ...data,
    subject: "dog\x1b[31m\u202e",
    series: data.series.map((series) => ({
      ...series,
      label: `${series.label}\x07`,
    })),
  };
  const { figures, failed } = await drawFigures(evil);
  assert.ok(figures.length > 5);
  assert.deepEqual(failed, []);
  for (const { svg } of figures) assert.doesNotMatch(svg, /(?![\n\t])\p{Cc}/u);
  const broken: FigureData = {
    ...data,
    get token(): string {
      throw new Error("nobody knows");
    },
  };
  const rest = await drawFigures(broken);
  assert.ok(rest.figures.length > 0);
  assert.ok(rest.failed.length > 0 && rest.failed.every(({ why }) => why === "nobody knows"));
});
