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
import { flagsOf, type ParsedFlags } from "../flags/commands.ts";
import { kebabCase } from "../flags/flag.ts";
import { QUANTIZATION_FLAGS } from "../flags/quantization_flags.ts";
import { checkMeaning } from "../flags/model_flags.ts";
import { quantizationFromFlags } from "../flags/recipe_flags.ts";
import { checkConfig, runConfig } from "../runs/training_setup.ts";
import { messageOf } from "../terminal/exit_codes.ts";

/** One run of a sweep. */
export interface PlannedRun extends SweptRun {
  /** The flags of `train` that make it, but those that say where and on how many threads. */
  readonly args: readonly string[];
  /** The same, parsed. */
  readonly flags: ParsedFlags<"train">;
  /** Its configuration, as far as it does not depend on the data. */
  readonly config: RunConfig;
}

/** All runs of a sweep. */
export interface SweepPlan {
  readonly runs: readonly PlannedRun[];
  /** What the person should know of combinations that are left out. */
  readonly notes: readonly string[];
}

const FLAGS = flagsOf("sweep");

/** The flags that only mean something where weights are quantized. */
const QUANTIZATION = Object.keys(QUANTIZATION_FLAGS).map(kebabCase).filter((n) => n !== "bits");

/**
 * The kind of model that is swept over.
 *
 * @throws {InputError} If there are several: they learn different data, and their losses do not compare.
 */
function sweptModel({ model: models }: ParsedFlags<"sweep">): string {
  if (models.length === 1) return models[0];
  throw new InputError(
    `Cannot sweep over --model ${models.join(",")}: losses of text and of images do not compare, ` +
      "give one of them",
  );
}

/**
 * Every listed flag that has values, defaults included, in kebab-case.
 *
 * @throws {InputError} If a flag was given that means nothing to the kind of model.
 */
export function settingLists(flags: ParsedFlags<"sweep">): SettingLists {
  const values = flags as unknown as Readonly<Record<string, readonly Setting[] | undefined>>;
  const given: ReadonlySet<string> = flags.given;
  const model = sweptModel(flags);
  const lists: Record<string, readonly Setting[]> = {};
  for (const [key, flag] of Object.entries(FLAGS)) {
    if (!flag.listed) continue;
    if (given.has(key)) checkMeaning(key, flag, model);
    else if (flag.only !== undefined && flag.only !== model) continue;
    const other = flag.defaultFor?.[model];
    const list = given.has(key) || other === undefined ? values[key] : [other];
    if (list) lists[kebabCase(key)] = list.map((value) => normalized(key, value));
  }
  return lists;
}

/** A path means the same from every folder; names stay as they are. */
function normalized(key: string, value: Setting): Setting {
  const flag = FLAGS[key];
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
    const scheme = schemeOf(flags);
    if (scheme instanceof InputError) {
      skipped++;
      reasons.add(messageOf(scheme));
      continue;
    }
    const config = runConfig(flags);
    checkConfig(config);
    const id = runId(settings, varied, ids);
    ids.add(id);
    runs.set(args.join("\n"), {
      id,
      settings: Object.fromEntries(Object.entries(settings).filter(([f]) => varied.includes(f))),
      bits: flags.bits,
      scheme,
      seed: flags.seed,
      args,
      flags,
      config,
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
function schemeOf(flags: ParsedFlags<"train">): string | InputError {
  try {
    return quantizationFromFlags(flags).weightQuantizer?.name ?? "none";
  } catch (error) {
    if (error instanceof InputError) return error;
    throw error;
  }
}
