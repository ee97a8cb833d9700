/**
 * Opens the run that text is written with.
 *
 * @module
 */
import type { Device } from "../../device/device.ts";
import { OptionError, optionName } from "../../errors.ts";
import { familyOfDirectory } from "../../runs/families.ts";
import { chooseRun } from "../../runs/run_choice.ts";
import type { TextRun } from "../../runs/text/open_run.ts";

/**
 * Opens the run in a directory, or the newest one.
 *
 * @throws {InputError} If its model writes no text, or its files are missing or damaged or do not belong together.
 */
export async function openText(path: string | undefined, device: Device): Promise<TextRun> {
  const directory = await chooseRun(path);
  const { openText, models } = await familyOfDirectory(directory.path);
  if (openText !== undefined) return await openText(directory, device);
  throw new OptionError(
    `Cannot write text with ${directory.path}: its model ${models.does}; ` +
      `eval with ${optionName("run")} ${directory.path} evaluates it, ${optionName("run")} names ` +
      "another",
  );
}
