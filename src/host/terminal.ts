/**
 * The terminal the program runs in.
 *
 * @module
 */

/** Whether the user asked for text without colors. */
export const isColorUnwanted: boolean = Deno.noColor;

/**
 * How many characters fit on a line.
 *
 * @returns `undefined` where nobody knows.
 */
export function terminalColumns(): number | undefined {
  try {
    return Deno.consoleSize().columns || undefined;
  } catch {
    return undefined;
  }
}

/** An error with its stack and causes, as Deno shows it. */
export function inspect(error: unknown): string {
  return Deno.inspect(error);
}
