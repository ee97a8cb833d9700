/**
 * From the flags of `sweep` to the runs it is made of.
 *
 * @module
 */
import { resolve } from "../../host/paths.ts";
import { InputError } from "../../errors.ts";
import {
  gridPoints,
  runId,
  type Setting,
  type SettingLists,
  type Settings,
} from "../../sweep/grid.ts";
import type { SweptRun } from "../../sweep/run_result.ts";
import type { RunConfig } from "../../train/run_config.ts";
import { parseFlags } from "../flags/arguments.ts";
import { flagsOf, isOption, optionsOf, type ParsedFlags } from "../flags/commands.ts";
import type { Flag } from "../flags/flag.ts";
import { kebabCase } from "../flags/flag_name.ts";
import { draftRun } from "../../runs/draft.ts";
import { checkMeaning, optionGroups, runFamily, runOptions } from "../../runs/families.ts";
import type { RunFamily } from "../../runs/family.ts";
import { QUANTIZATION_OPTIONS } from "../../runs/options/quantization.ts";
import { type GeneralValues, tableOf } from "../../runs/options/values.ts";
import { quantizationFrom } from "../../runs/recipe.ts";
import { messageOf } from "../terminal/exit_codes.ts";

/** One run of a sweep. */
export interface PlannedRun extends SweptRun {
  /** The flags of `train` that make it, but those that say where and on how many threads. */
  readonly args: readonly string[];
  /** What it is a run of. */
  readonly family: RunFamily;
  /** Its options, with the defaults of those that are not given. */
  readonly options: GeneralValues;
  /** Its configuration, as far as it does not depend on the data. */
  readonly config: RunConfig;
}

/** All runs of a sweep. */
export interface SweepPlan {
  readonly runs: readonly PlannedRun[];
  /** What the person should know of combinations that are left out. */
  readonly notes: readonly string[];
}

/** The flags that only mean something where weights are quantized. */
const QUANTIZATION = Object.keys(QUANTIZATION_OPTIONS).map(kebabCase).filter((n) => n !== "bits");

/**
 * The kind of model that is swept over.
 *
 * @throws {InputError} If there are several: they learn different data, and their losses do not compare.
 */
function sweptModel({ model: models }: ParsedFlags<"sweep">): string {
  if (models.length === 1) return String(models[0]);
  throw new InputError(
    `Cannot sweep over --model ${models.join(",")}: losses of different kinds of models do not ` +
      "compare, give one of them",
  );
}

/**
 * Every listed flag that has values, defaults included, in kebab-case.
 *
 * @throws {InputError} If a flag was given that means nothing to the kind of model.
 */
export function settingLists(flags: ParsedFlags<"sweep">): SettingLists {
  const values: Readonly<Record<string, unknown>> = flags;
  const { given } = flags;
  const model = sweptModel(flags);
  const table = tableOf(optionGroups(runFamily(model)));
  checkMeaning(model, table, optionsOf(flags), (family) => tableOf(optionGroups(family)));
  const lists: Record<string, readonly Setting[]> = {};
  for (const [key, flag] of Object.entries(flagsOf("sweep"))) {
    if (!flag.listed || !isOption(key)) continue;
    if (!given.has(key) && flag.only !== undefined && !flag.only.includes(model)) continue;
    const other = flag.defaultFor?.[model];
    const list = given.has(key) || other === undefined ? values[key] : [other];
    if (list) lists[kebabCase(key)] = (list as Setting[]).map((value) => normalized(flag, value));
  }
  return lists;
}

/** A path means the same from every folder; names stay as they are. */
function normalized(flag: Flag, value: Setting): Setting {
  if (flag.kind !== "path" || typeof value !== "string") return value;
  return flag.names?.includes(value) || /^[\w-]{2,}:/.test(value) ? value : resolve(value);
}

/**
 * The runs for every combination that is possible.
 *
 * @param lists The values of each flag.
 * @param given The flags that were given, in kebab-case; the others are left to the defaults of `train`.
 * @throws {InputError} If no combination is left, or one is wrong in another way than a width that its
 *   scheme cannot do.
 */
export async function planSweep(
  lists: SettingLists,
  given: ReadonlySet<string>,
): Promise<SweepPlan> {
  const varied = Object.keys(lists).filter((flag) => lists[flag].length > 1);
  const stated = Object.fromEntries(Object.entries(lists).filter(([flag]) => given.has(flag)));
  const runs = new Map<string, PlannedRun>();
  const ids = new Set<string>();
  const reasons = new Set<string>();
  const points = gridPoints({ bits: lists.bits, seed: lists.seed, ...stated });
  let skipped = 0;
  let isFloatBeside = false;
  for (const point of points) {
    const settings = varied.includes("bits") && point.bits === 32 ? floatSettings(point) : point;
    isFloatBeside ||= Object.keys(settings).length < Object.keys(point).length;
    const args = Object.entries(settings).map(([flag, value]) => `--${flag}=${value}`);
    if (runs.has(args.join("\n"))) continue;
    const flags = await parseFlags("train", args);
    const { model, ...given } = optionsOf(flags);
    const family = runFamily(String(model ?? flags.model));
    const options = runOptions(family, given);
    const scheme = schemeOf(options);
    if (scheme instanceof InputError) {
      skipped++;
      reasons.add(messageOf(scheme));
      continue;
    }
    const config = draftRun(family, options);
    const id = runId(settings, varied, ids);
    ids.add(id);
    runs.set(args.join("\n"), {
      id,
      settings: Object.fromEntries(Object.entries(settings).filter(([f]) => varied.includes(f))),
      bits: options.bits,
      scheme,
      seed: options.seed,
      ...{ args, family, options, config },
    });
  }
  if (runs.size === 0) {
    throw new InputError(
      `Cannot sweep over a grid with nothing in it: ${[...reasons].join("; ")}`,
    );
  }
  const notes = skipped === 0
    ? []
    : [`Skipped ${skipped} of ${points.length} combinations: ${[...reasons].join("; ")}`];
  if (isFloatBeside) {
    notes.push("At 32 bits nothing is quantized: flags about it do not count there");
  }
  return { runs: [...runs.values()], notes };
}

/** Settings of a float run beside quantized ones: what they say of quantization is not for it. */
function floatSettings(point: Settings): Settings {
  return Object.fromEntries(Object.entries(point).filter(([flag]) => !QUANTIZATION.includes(flag)));
}

/** The scheme that a run will have, or why there is none. */
function schemeOf(options: GeneralValues): string | InputError {
  try {
    return quantizationFrom(options).weightQuantizer?.name ?? "none";
  } catch (error) {
    if (error instanceof InputError) return error;
    throw error;
  }
}
