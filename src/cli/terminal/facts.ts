/**
 * Facts about something, one per line.
 *
 * @module
 */
import type { Facts } from "../../models/family.ts";
import type { CommandContext } from "./context.ts";

/** Prints facts, their names in words. */
export function printFacts(facts: Facts, context: CommandContext): void {
  const width = Math.max(...Object.keys(facts).map((name) => name.length));
  for (const [name, value] of Object.entries(facts)) {
    const shown = typeof value === "number" ? value.toLocaleString("en") : String(value);
    context.print(`${name.replaceAll("_", " ").padEnd(width)}  ${shown}`);
  }
}
