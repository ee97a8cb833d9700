/**
 * Finds a device of this machine to run on.
 *
 * @module
 */
import { quietVulkanLoader } from "../host/vulkan_loader.ts";
import { chooseDevice, fastestAdapter, type OpenDeviceOptions } from "./choose_device.ts";
import type { Device } from "./device.ts";

export type { OpenDeviceOptions };

const INSTALL_HINT = "install a Vulkan driver (Debian and Ubuntu: apt-get install " +
  "mesa-vulkan-drivers libvulkan1; NVIDIA: the vendor's driver), or use a machine with a GPU";

/**
 * Opens a device. Dispose it when done.
 *
 * @throws {WorkError} If there is no adapter, or it does not give a device.
 * @throws {RangeError} If `threads` is not an integer from 1 to 64.
 *
 * @example
 * ```ts
 * import { openDevice } from "../../mod.ts";
 *
 * using device = await openDevice();
 * console.log(device.description.name);
 * ```
 */
export async function openDevice(options: OpenDeviceOptions = {}): Promise<Device> {
  return await chooseDevice(options, { requestAdapter, hint: INSTALL_HINT });
}

/** Asks for the fastest adapter; null where there is none. */
export async function requestAdapter(): Promise<GPUAdapter | null> {
  quietVulkanLoader();
  return await fastestAdapter();
}
