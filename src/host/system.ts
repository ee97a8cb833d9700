/**
 * The operating system and the runtime.
 *
 * @module
 */

/** Whether this is Windows. */
export const isWindows: boolean = Deno.build.os === "windows";

/** Whether this is Linux. */
export const isLinux: boolean = Deno.build.os === "linux";

/** Version of Deno. */
export const denoVersion: string = Deno.version.deno;
