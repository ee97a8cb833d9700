/**
 * Flags that take several values at once: `--bits 1,1.58,4`, or a JSON array in a `--config` file.
 *
 * @module
 */

import { existsSync } from "../../host/files.ts";
import { InputError } from "../../errors.ts";
import type { Flag } from "./flag.ts";
import {
  type ConvertedValue,
  convertValue,
  quoted,
  type RawValue,
} from "../../runs/options/option_value.ts";

/**
 * Converts what a listed flag was given to its values. A comma that is part of a value has a
 * backslash in front, `a\,b.txt`; the path of something that exists needs none.
 *
 * @returns The values in the order given, each once.
 * @throws {InputError} If the list is empty or the flag does not accept one of them.
 */
export function convertList(flag: Flag, raw: RawValue): readonly ConvertedValue[] {
  const items = itemsOf(flag, raw);
  if (items.length === 0) {
    throw new InputError(`Cannot use ${raw.label}: the list is empty, expected a value in it`);
  }
  return [
    ...new Set(items.map((value) =>
      convertValue(flag, {
        value,
        label: items.length === 1 ? raw.label : `${quoted(value)} in ${raw.label}`,
      })
    )),
  ];
}

function itemsOf(flag: Flag, { value }: RawValue): readonly unknown[] {
  if (Array.isArray(value)) return value;
  if (typeof value !== "string" || flag.kind === "path" && existsSync(value)) return [value];
  return value.split(/(?<!\\),/).map((item) => item.replaceAll("\\,", ",").trim());
}
