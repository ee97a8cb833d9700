/**
 * Devices: opening one, buffers, plans that run on it, the declarations of kernels, and what goes wrong.
 *
 * @module
 */
export * from "./portable/device.ts";
export * from "../device/open_device.ts";
