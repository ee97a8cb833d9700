/**
 * A run whose data is there, whatever it is a run of.
 *
 * @module
 */
import type { Device } from "../../device/device.ts";
import type { RunConfig } from "../../train/run_config.ts";
import type { MetricsLine, RunDirectory } from "../../train/run_directory.ts";
import type { TrainingTask } from "../../train/task.ts";
import type { ParsedFlags } from "../flags/commands.ts";
import type { CommandContext } from "../terminal/context.ts";

/** What preparing a run needs to know besides its configuration. */
export interface PreparationRequest {
  /** The flags that were given. */
  readonly flags: ParsedFlags<"train">;
  /** A stored run, whose data and warmup are used again. */
  readonly directory?: RunDirectory;
  readonly context: CommandContext;
}

/** A run whose data is there. */
export interface PreparedTraining {
  /** Its configuration, with everything that only the data could tell. */
  readonly config: RunConfig;
  /** Content of its `tokenizer.json`, where it has one. */
  readonly tokenizer?: unknown;
  /** What it is about to learn, line by line. */
  readonly facts: readonly string[];
  /** Makes the model on a device, without weights, and joins it with the data. */
  open(device: Device): OpenedTraining;
}

/** A model that is ready to learn. */
export interface OpenedTraining extends Disposable {
  readonly task: TrainingTask<unknown>;
  /**
   * Uploads the weights it starts from.
   *
   * @param directory Of the model that has them.
   */
  loadInitial(directory: string): Promise<void>;
  /** Evaluates the best weights on what nothing was chosen by; left out where there is no such data. */
  finish?(directory: RunDirectory): Promise<MetricsLine>;
}
