/**
 * What of `device.ts` needs no host: pages have it too.
 *
 * @module
 */
export * from "../../device/device.ts";
export * from "../../device/kernel.ts";
export * from "../../errors.ts";
