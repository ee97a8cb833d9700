/**
 * Options as they are typed.
 *
 * @module
 */
import { optionGroups, runFamilies } from "../../runs/families.ts";
import { tableOf } from "../../runs/options/values.ts";

/**
 * The name of an option as it is typed, without its dashes.
 *
 * @param key Its name in camelCase, such as `weightDecay`.
 * @returns Its name in kebab-case, such as `weight-decay`.
 */
export function kebabCase(key: string): string {
  return key.replace(/[A-Z]/g, (letter) => "-" + letter.toLowerCase());
}

/** An option as it is typed, such as `--weight-decay`. */
export function flagName(key: string): string {
  return `--${kebabCase(key)}`;
}

/**
 * The flag that sets what the library calls by a name: an option of a run, of training or of a model.
 *
 * @param name In camelCase, such as `learningRate`.
 * @returns The flag as it is typed, such as `--lr`.
 */
export function flagOfOption(name: string): string {
  for (const family of runFamilies()) {
    const table = tableOf(optionGroups(family));
    if (Object.hasOwn(table, name)) return flagName(name);
    for (const [key, option] of Object.entries(table)) {
      if ("training" in option && option.training === name || option.field === name) {
        return flagName(key);
      }
    }
  }
  return flagName(name);
}
