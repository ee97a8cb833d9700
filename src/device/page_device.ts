/**
 * Finds a device for a page to run on.
 *
 * @module
 */
import { chooseDevice, fastestAdapter, type OpenDeviceOptions } from "./choose_device.ts";
import type { Device } from "./device.ts";

export type { OpenDeviceOptions };

const HINT = "use a browser with WebGPU, and open the page by https or from localhost";

/**
 * Opens a device. Dispose it when done.
 *
 * The CPU device has several threads where the page is isolated from others, which its server says with the headers
 * `Cross-Origin-Opener-Policy: same-origin` and `Cross-Origin-Embedder-Policy: require-corp`; elsewhere it has one.
 *
 * @throws {WorkError} If there is no adapter, or it does not give a device.
 * @throws {RangeError} If `threads` is not an integer from 1 to 64.
 */
export async function openDevice(options: OpenDeviceOptions = {}): Promise<Device> {
  return await chooseDevice(options, { requestAdapter: fastestAdapter, hint: HINT });
}
