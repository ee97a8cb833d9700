/**
 * Facts about something, one per line.
 *
 * @module
 */
import type { Facts } from "../models/family.ts";

/** Facts, their names in words. */
export function factLines(facts: Facts): string[] {
  const width = Math.max(...Object.keys(facts).map((name) => name.length));
  return Object.entries(facts).map(([name, value]) => {
    const shown = typeof value === "number" ? value.toLocaleString("en") : String(value);
    return `${name.replaceAll("_", " ").padEnd(width)}  ${shown}`;
  });
}
