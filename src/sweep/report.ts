/**
 * The report of a sweep: one HTML file that needs nothing else.
 *
 * @module
 */
import type { Figures } from "../figures/draw.ts";
import { escapeXml } from "../figures/xml.ts";
import type { RunFamily } from "../runs/family.ts";
import type { Setting } from "./grid.ts";
import {
  type FailedResult,
  type FinishedResult,
  hasFailed,
  isFinished,
  type RunResult,
} from "./run_result.ts";
import { REPORT_STYLE } from "./report_style.ts";
import { lossText, metricText, speedText, summarize, type SweepRow } from "./summary.ts";
import { familyOfSweep, type SweepRecord } from "./sweep_directory.ts";

/** What a report is made of. */
export interface ReportContent {
  /** What all runs have in common. */
  readonly subject: string;
  /** What a loss is the mean over, in words, such as `character`. */
  readonly token: string;
  /** What was asked for. */
  readonly record: SweepRecord;
  /** A line per run. */
  readonly results: readonly RunResult[];
  /** The figures, and what is missing; undefined if they could not be drawn. */
  readonly drawn: Figures | undefined;
}

/** The report as an HTML document. */
export function reportHtml(content: ReportContent): string {
  const { subject, results, drawn } = content;
  const family = familyOfSweep(content.record);
  const rows = summarize(results, family);
  const finished = results.filter(isFinished);
  const failed = results.filter(hasFailed);
  return [
    "<!doctype html>",
    '<html lang="en">',
    "<head>",
    '<meta charset="utf-8">',
    '<meta name="viewport" content="width=device-width, initial-scale=1">',
    '<meta name="color-scheme" content="light dark">',
    `<title>Sweep: ${escapeXml(subject)}</title>`,
    `<style>${REPORT_STYLE}</style>`,
    "</head>",
    "<body>",
    `<h1>${new Set(rows.map(({ bits }) => bits)).size > 1 ? "What each bit costs" : "Sweep"}</h1>`,
    `<p class="subject">${escapeXml(subject)}</p>`,
    ...keyTable(rows, content.token, family),
    ...failed.length > 0 ? failures(failed) : [],
    ...drawn
      ? figures(drawn)
      : ["<p>The figures could not be drawn: a plotting package was not there.</p>"],
    ...configuration(content.record),
    ...repetition(content.record, finished),
    ...runTable(finished, content.token),
    "</body>",
    "</html>",
    "",
  ].join("\n");
}

type Cell = string | { readonly text: string; readonly isText: true };

const text = (value: string): Cell => ({ text: value, isText: true });

function table(headers: readonly Cell[], rows: readonly (readonly Cell[])[]): string {
  const cell = (tag: "th" | "td") => (value: Cell) =>
    typeof value === "string"
      ? `<${tag}>${escapeXml(value)}</${tag}>`
      : `<${tag} class="text">${escapeXml(value.text)}</${tag}>`;
  const line = (tag: "th" | "td", cells: readonly Cell[]) =>
    `<tr>${cells.map(cell(tag)).join("")}</tr>`;
  return `<div class="wide"><table><thead>${line("th", headers)}</thead><tbody>` +
    `${rows.map((row) => line("td", row)).join("\n")}</tbody></table></div>`;
}

/** The table the report opens with. */
function keyTable(rows: readonly SweepRow[], token: string, family: RunFamily): string[] {
  if (rows.length === 0) return ["<p>No run has finished.</p>"];
  const flags = [...new Set(rows.flatMap(({ settings }) => Object.keys(settings)))];
  const metrics = family.results.filter(({ title }) => title !== undefined);
  const floats = rows.filter(({ bits }) => bits === 32);
  const float = floats.length > 0 ? floats.reduce((a, b) => b.loss < a.loss ? b : a) : undefined;
  const headers = [
    ...["Bits", text("Scheme"), ...flags.map(text), "Seeds", `Loss, nats per ${token}`],
    ...float ? ["Above float"] : [],
    ...metrics.map(({ title }) => title!),
    ...["Packed kB", `${capitalized(family.unit)}s/s in training`],
  ];
  const cells = rows.map((row) => [
    ...[String(row.bits), text(row.scheme)],
    ...flags.map((flag) => text(String(row.settings[flag] ?? ""))),
    ...[String(row.seeds.length), lossText(row)],
    ...float ? [row === float ? "" : signed(row.loss - float.loss)] : [],
    ...metrics.map((metric) => metricText(row, metric)),
    (row.packed_bytes / 1000).toLocaleString("en", { maximumFractionDigits: 0 }),
    speedText(row, family),
  ]);
  const seeds = rows.some(({ deviation }) => deviation !== null)
    ? "Means over the seeds, ± one standard deviation (over n − 1). "
    : "";
  return [
    table(headers, cells),
    `<p class="note">${seeds}Loss is the last one over the whole validation split; ` +
    metrics.flatMap(({ note }) => note === undefined ? [] : [`${note}; `]).join("") +
    "packed size counts codes at their width (1.6 bits where ternary), a " +
    "float32 for each step, and all else in float32.</p>",
  ];
}

const capitalized = (word: string) => word.charAt(0).toUpperCase() + word.slice(1);

function signed(value: number): string {
  return (value < 0 ? "−" : "+") + Math.abs(value).toFixed(4);
}

function failures(failed: readonly FailedResult[]): string[] {
  return [
    "<h2>Runs that failed</h2>",
    `<ul>${
      failed.map(({ id, error }) => `<li><code>${escapeXml(id)}</code>: ${escapeXml(error)}</li>`)
        .join("\n")
    }</ul>`,
  ];
}

function figures({ figures, leftOut, failed }: Figures): string[] {
  const missing = [
    ...leftOut.map(({ name, needs }) => `${name} (needs ${needs})`),
    ...failed.map(({ name, why }) => `${name} (could not be drawn: ${why})`),
  ];
  return [
    "<h2>Figures</h2>",
    ...figures.map(({ svg, caption }) =>
      `<figure>${inline(svg)}<figcaption>${escapeXml(caption)}</figcaption></figure>`
    ),
    ...missing.length > 0
      ? [`<p class="note">Left out: ${escapeXml(missing.join("; "))}.</p>`]
      : [],
  ];
}

/** HTML knows what an SVG is without a word of where SVG is defined. */
function inline(svg: string): string {
  return svg.replaceAll(/ xmlns(:\w+)?="[^"]*"/g, "");
}

function configuration({ settings, data, versions }: SweepRecord): string[] {
  const show = (values: readonly Setting[]) => values.join(", ");
  const varied = Object.entries(settings).filter(([, values]) => values.length > 1);
  const fixed = Object.entries(settings).filter(([, values]) => values.length === 1);
  const rows = (entries: typeof varied) =>
    entries.map(([flag, values]) => [text(`--${flag}`), text(show(values))]);
  return [
    "<h2>Configuration</h2>",
    ...varied.length > 0 ? [table([text("Varied"), text("Values")], rows(varied))] : [],
    "<details><summary>What all runs have in common</summary>",
    table([text("Flag"), text("Value")], [
      ...rows(fixed),
      ...data.map(({ name, sha256 }) => [text(`SHA-256 of ${name}`), text(sha256)]),
      [text("BitText, Deno"), text(`${versions.bittext}, ${versions.deno}`)],
    ]),
    "</details>",
  ];
}

function repetition({ command }: SweepRecord, finished: readonly FinishedResult[]): string[] {
  const computers = new Set(
    finished.map(({ device, threads, jobs }) =>
      device +
      (device === "cpu" ? ` with ${threads} ${threads === 1 ? "thread" : "threads"}` : "") +
      ` each, ${jobs} side by side`
    ),
  );
  const hours = finished.reduce((sum, { wall_seconds }) => sum + wall_seconds, 0) / 3600;
  return [
    "<h2>How to repeat it</h2>",
    `<pre><code>${escapeXml(command)}</code></pre>`,
    ...computers.size > 0
      ? [
        `<p class="note">Runs computed on ${escapeXml([...computers].join("; "))}, ` +
        `${
          hours.toFixed(2)
        } hours in all if one after the other. On one device the same seed gives ` +
        "the same run, bit for bit.</p>",
      ]
      : [],
  ];
}

function runTable(finished: readonly FinishedResult[], token: string): string[] {
  if (finished.length === 0) return [];
  const headers = [
    ...[text("Run"), text("Scheme"), "Steps", `Last loss, nats per ${token}`],
    ...["Best loss", "At step", "Minutes", "Parameters"],
  ];
  const ordered = [...finished].sort((a, b) => b.bits - a.bits || a.id.localeCompare(b.id, "en"));
  return [
    "<h2>Every run</h2>",
    "<details><summary>Results run by run, as in results.jsonl</summary>",
    table(
      headers,
      ordered.map((run) => [
        ...[text(run.id), text(run.scheme), run.steps.toLocaleString("en"), run.loss.toFixed(4)],
        ...[run.best.loss.toFixed(4), run.best.step.toLocaleString("en")],
        ...[(run.wall_seconds / 60).toFixed(1), run.parameters.toLocaleString("en")],
      ]),
    ),
    "</details>",
  ];
}
