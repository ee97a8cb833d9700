/**
 * What an option of a training run is: besides what it accepts, what it sets, and what becomes of it when the run goes
 * on.
 *
 * @module
 */
import type { RunConfig } from "../../train/run_config.ts";
import type { TrainingOptions } from "../../train/options.ts";
import type { Option } from "./option.ts";

/** What an option is in the record of a run; null where it was not given. */
export type Kept = string | number | boolean | null;

/** What an option sets that is a training option. */
export interface SetsTraining {
  /** The training option that it is. */
  readonly training: Exclude<keyof TrainingOptions, "tuner">;
  /** Whether a run may go on with another value: it changes neither model nor data. */
  readonly mayChange?: true;
}

/** What an option sets that stands elsewhere in the record of a run, and stays what it was. */
export interface SetsElsewhere {
  /** What it would have to be for a run as it was started. */
  kept(run: RunConfig): Kept;
  /** Whether a value names another place that may hold the same content, which a checksum in the record tells. */
  mayMove?(asked: string, kept: string): boolean;
  /** Whether a value says the same as what a run was started with, where others do than equal ones. */
  same?(asked: string, kept: string): boolean;
  /**
   * Whether it decides the shapes of the weights, or what is computed with them, so that it has to be that of a model
   * to start from; and whether that is known from the options alone, or only with the data.
   */
  readonly architecture?: "draft" | "data";
}

/** An option that says where and how, not what; or is compared in another way when a run goes on. */
export interface Circumstance {
  /** Whether a run may have another result with it, or only take another way there. */
  readonly circumstance: "result" | "way";
}

/** One option of a training run. */
export type RunOption =
  & Option
  & (SetsTraining | SetsElsewhere | Circumstance)
  & {
    /** The field of the model's configuration that it sets, or of its quantization, if that is called otherwise. */
    readonly field?: string;
    /** Whether a sweep may vary it; default yes. */
    readonly swept?: false;
  };

/** Options of a training run by their name in camelCase. */
export type RunOptionTable = Readonly<Record<string, RunOption>>;

/** Options of the widths of what is quantized apart from the blocks. */
export type WidthOptionTable = Readonly<
  Record<
    string,
    RunOption & {
      /** What is quantized, in a word. */
      readonly part: string;
    }
  >
>;

/** Options of a training run by the heading they have in a help text. */
export type RunOptionGroups = Readonly<Record<string, RunOptionTable>>;
