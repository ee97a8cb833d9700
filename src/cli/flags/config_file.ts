/**
 * Flags from a JSON file: `--config FILE.json`.
 *
 * @module
 */

import { readTextFile } from "../../host/files.ts";
import { InputError } from "../../errors.ts";
import { fileError } from "../../files/file_error.ts";
import { quoted, type RawValue } from "../../runs/options/option_value.ts";

/**
 * Reads the JSON object of a `--config` file.
 *
 * @param path The file.
 * @returns What it gives to each name, as it is spelt there: kebab-case, snake_case or camelCase.
 * @throws {InputError} If the file cannot be read or does not hold a JSON object.
 */
export async function readConfigFile(path: string): Promise<Map<string, RawValue>> {
  const content = parseJson(await readText(path), path);
  if (typeof content !== "object" || content === null || Array.isArray(content)) {
    throw new InputError(
      `Cannot read ${quoted(path)}: not a JSON object, expected flags such as {"steps": 500}`,
    );
  }
  return new Map(
    Object.entries(content).map(([name, value]) => [
      name,
      { value, label: `${quoted(name)} ${quoted(value)} of ${quoted(path)}` },
    ]),
  );
}

async function readText(path: string): Promise<string> {
  try {
    return await readTextFile(path);
  } catch (error) {
    throw fileError("read", quoted(path), error);
  }
}

function parseJson(text: string, path: string): unknown {
  try {
    return JSON.parse(text.replace(/^\uFEFF/, ""));
  } catch (error) {
    const reason = error instanceof Error ? error.message : String(error);
    throw new InputError(
      `Cannot read ${
        quoted(path)
      }: not valid JSON (${reason}), expected flags such as {"steps": 500}`,
      { cause: error },
    );
  }
}
