/**
 * The devices that tests run on: opened once per test file, when it is loaded.
 *
 * @module
 */
import type { Device } from "../src/device/device.ts";
import { openDevice, requestAdapter } from "../src/device/open_device.ts";

const required = Deno.env.get("BITTEXT_REQUIRE_GPU") === "1";

async function openAll(): Promise<Device[]> {
  const cpu = await openDevice({ backend: "cpu", threads: 2 });
  if (required || await requestAdapter()) return [await openDevice({ backend: "webgpu" }), cpu];
  console.error(
    "\n*** NO WEBGPU ADAPTER: the device tests of this file are SKIPPED. Install a Vulkan driver " +
      "(mesa-vulkan-drivers) or set BITTEXT_REQUIRE_GPU=1 to make this a failure. ***\n",
  );
  return [cpu];
}

const devices = await openAll();
addEventListener("unload", () => {
  for (const device of devices) device[Symbol.dispose]();
});

/** Every device of this machine that tests can use; empty where there is none. */
export function testDevices(): readonly Device[] {
  return devices;
}

/** Registers a test once per device; where there is none, the test shows as ignored. */
export function deviceTest(name: string, fn: (device: Device) => void | Promise<void>): void {
  if (devices.length === 0) {
    Deno.test({ name: `${name} [no device]`, ignore: true, fn: () => {} });
  }
  for (const device of devices) {
    Deno.test(`${name} [${device.description.backend}]`, () => fn(device));
  }
}
