/**
 * Pictures of a run.
 *
 * @module
 */
import type { Device } from "../device/device.ts";
import type { Figure } from "../figures/figure.ts";
import type { RunDirectory } from "../train/run_directory.ts";
import { runFamily } from "./families.ts";
import type { WorkHooks } from "./work.ts";

/**
 * Draws what the model of a run sees or has learned.
 *
 * @param subject What it is; it stands under every title.
 * @returns None if there is nothing to show of such models, or the run has no weights yet.
 * @throws {InputError} If its data is not there any more, or other data.
 */
export async function drawRunPictures(
  directory: RunDirectory,
  subject: string,
  device: Device,
  work: WorkHooks = {},
): Promise<readonly Figure[]> {
  if (!await directory.hasWeights()) return [];
  const config = await directory.readConfig();
  const runs = [{ directory, config, label: "" }];
  return await runFamily(config.family).drawPictures({ runs, subject, device, work, options: {} });
}
