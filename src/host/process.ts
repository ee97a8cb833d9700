/**
 * This process.
 *
 * @module
 */

/** Its number among the processes of the machine. */
export const processId: number = Deno.pid;

/** Ends it at once. */
export function exit(code: number): never {
  Deno.exit(code);
}

/** Makes a folder the one that relative paths start from. */
export function changeFolder(path: string): void {
  Deno.chdir(path);
}

/** Bytes of memory that it holds now. */
export function processMemoryBytes(): number {
  return Deno.memoryUsage().rss;
}
