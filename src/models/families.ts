/**
 * The list of families. A model directory, its sizes and everything else that meets models of any family asks it.
 *
 * @module
 */
import { InputError, OptionError, optionName } from "../errors.ts";
import { ConfigFields } from "./config_fields.ts";
import type { ModelFamily } from "./family.ts";
import type { ModelConfig } from "./model.ts";
import { textFamily } from "./text/family.ts";
import { vitFamily } from "./vit/family.ts";

/** The families of this version, by their names. */
export const builtInFamilies = { text: textFamily, vit: vitFamily } as const;

const families = /* @__PURE__ */ new Map<string, ModelFamily>(
  /* @__PURE__ */ Object.entries(builtInFamilies),
);

/** Every family there is, those that were registered last. */
export function modelFamilies(): ModelFamily[] {
  return [...families.values()];
}

/**
 * Adds a custom family, whose models are then read, made and measured as any others.
 *
 * @throws {InputError} If another family has its name or one of its architectures.
 */
export function registerModelFamily<C extends ModelConfig>(family: ModelFamily<C>): void {
  for (const other of modelFamilies()) {
    if (other === family) return;
    const architecture = other.architectures.find((name) => family.architectures.includes(name));
    if (other.name !== family.name && architecture === undefined) continue;
    throw new InputError(
      `Cannot register the family ${family.name}: there is one ` +
        (architecture === undefined ? "of that name" : `for ${architecture}`) + " already",
    );
  }
  families.set(family.name, family);
}

/**
 * The family of a name.
 *
 * @throws {OptionError} If there is none.
 */
export function modelFamily(name: string): ModelFamily {
  const family = families.get(name);
  if (family !== undefined) return family;
  throw new OptionError(
    `Cannot find models of the kind ${name}: there are ${[...families.keys()].join(" and ")}; ` +
      `register it first (${optionName("import")} names a file that does)`,
  );
}

/**
 * The family of a model, as its `config.json` tells it.
 *
 * @param json The content of the file.
 * @param source Its name, for messages.
 * @throws {InputError} If it is of none that is known.
 */
export function familyOfConfig(json: unknown, source: string): ModelFamily {
  const all = modelFamilies();
  const known = all.flatMap(({ architectures }) => architectures);
  const stated = new ConfigFields(json, source).statedArchitecture();
  const family = all.find(({ architectures }) => architectures.some((name) => name === stated));
  if (family !== undefined) return family;
  throw new OptionError(
    `Cannot load ${source}: its architecture is ${stated ?? "missing"}, this version has ` +
      `${known.join(" and ")}; register another first (${optionName("import")} names a file that ` +
      "does)",
  );
}
