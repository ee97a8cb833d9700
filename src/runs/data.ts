/**
 * Data before a run: which there is, what it is, and how it is prepared.
 *
 * @module
 */
import type { Facts } from "../models/family.ts";
import { checkMeaning, runFamilies, runFamily } from "./families.ts";
import type { ListedData, Report, RunFamily } from "./family.ts";
import { type GivenOptions, valuesOf } from "./options/values.ts";
import type { WorkHooks } from "./work.ts";

/** The data sets that have a name. */
export async function listData(): Promise<ListedData[]> {
  const lists = await Promise.all(runFamilies().map((family) => family.listData()));
  return lists.flat();
}

/** The family that a name means data for, if only one can be meant; else the first. */
async function familyFor(name: string | undefined): Promise<RunFamily> {
  const families = runFamilies();
  for (const family of name === undefined ? [] : families) {
    if (await family.claimsData(name!)) return family;
  }
  return families[0];
}

/** What a data set is, with no more reading than that takes. */
export async function dataFacts(name: string, work: WorkHooks = {}): Promise<Facts> {
  return await (await familyFor(name)).dataFacts(name, work);
}

/**
 * Fetches, verifies and keeps data, as `deno task prep` does, so that runs find it ready.
 *
 * @param given Options of the family that is to learn it, and `model`, its name.
 * @throws {InputError} If there is no such data, or an option means nothing to the family.
 */
export async function prepareData(
  { model, ...given }: GivenOptions,
  work: WorkHooks = {},
): Promise<Report<object>> {
  const family = model === undefined
    ? await familyFor(given.data as string | undefined)
    : runFamily(String(model));
  const table = family.preparationOptions;
  checkMeaning(family.models.name, table, given, (other) => other.preparationOptions);
  return await family.prepareData(valuesOf(table, given), work);
}
