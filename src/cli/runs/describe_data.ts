/**
 * What a data set is: `info --data`.
 *
 * @module
 */
import { type DescribedHubDataset, describeHubDataset } from "../../data/hub/describe.ts";
import { isHubReference } from "../../data/hub/reference.ts";
import type { Column } from "../../data/rows/table.ts";
import { dataFacts, listData as listed } from "../../runs/data.ts";
import { factLines } from "../../runs/fact_lines.ts";
import type { CommandContext } from "../terminal/context.ts";
import { StageProgress, workHooks } from "../terminal/stage_progress.ts";

/** Lists what `--data` accepts. */
export async function listData(context: CommandContext): Promise<unknown> {
  const list = await listed();
  if (!context.json) {
    const others = [
      ["hf:OWNER/NAME[/CONFIG][@REVISION]", "a data set of the Hugging Face hub"],
      ["folder:PATH", "images: a folder of class folders of PNG or JPEG, or of IDX files"],
      ["PATH", "a file of UTF-8 text, JSON Lines, CSV, TSV or parquet, or a folder of them"],
    ];
    const width = Math.max(...list.map(({ name }) => name.length), others[0][0].length);
    for (const { name, summary, license } of list) {
      context.print(`${name.padEnd(width)}  ${summary} (${license})`);
    }
    for (const [name, summary] of others) context.print(`${name.padEnd(width)}  ${summary}`);
  }
  return list;
}

/** Describes a data set, reading no more of it than it takes. */
export async function describeData(spec: string, context: CommandContext): Promise<unknown> {
  if (isHubReference(spec)) {
    const described = await describeHubDataset(spec, { onNotice: context.note });
    if (!context.json) { for (const line of hubLines(described)) context.print(line); }
    return described;
  }
  using stages = new StageProgress(context);
  const facts = await dataFacts(spec, workHooks(context, stages));
  stages[Symbol.dispose]();
  if (!context.json) { for (const line of factLines(facts)) context.print(line); }
  return facts;
}

function describeColumns(columns: readonly Column[]): string {
  return columns.map(({ name, type }) => `${name} (${type})`).join(", ");
}

function hubLines(described: DescribedHubDataset): string[] {
  const { configurations, configuration, columns, splits, ...facts } = described;
  const lines = factLines({
    ...facts,
    ...(configuration !== null && { configuration }),
    configurations: configurations.map(({ name, is_default: isDefault }) =>
      isDefault && configurations.length > 1 ? `${name} (default)` : name
    ).join(", "),
    ...(columns !== undefined && { columns: describeColumns(columns) || "none, running text" }),
  });
  const counts = splits.map(({ name, rows, bytes, files, cached_files: cached }) => {
    const count = rows === null ? "" : `${rows.toLocaleString("en")} rows, `;
    const kept = cached === files ? "in the cache" : `${cached} of ${files} files in the cache`;
    return `split ${name}: ${count}${bytes.toLocaleString("en")} bytes, ${kept}`;
  });
  return [...lines, ...counts];
}
