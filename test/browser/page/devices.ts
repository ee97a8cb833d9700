/**
 * The devices that tests in a page run on: the GPU, which is another than that of Deno's tests, and the CPU where a
 * test's file is one of those for both.
 *
 * @module
 */
import type { Device } from "../../../src/device/device.ts";
import { openDevice } from "../../../src/device/page_device.ts";
import { GpuDevice } from "../../../src/device/webgpu/gpu_device.ts";

const devices: Device[] = [await openDevice({ backend: "webgpu" })];
/** Files of kernels that pipelines were made of. */
const compiled = new Set<string>();

for (const device of devices) {
  if (!(device instanceof GpuDevice)) continue;
  const { gpu } = device;
  const make = gpu.createComputePipelineAsync.bind(gpu);
  gpu.createComputePipelineAsync = async (descriptor) => {
    const pipeline = await make(descriptor);
    compiled.add(descriptor.label ?? "");
    return pipeline;
  };
}

/** Files of the kernels that have run by now. */
export function compiledKernels(): string[] {
  return [...compiled].sort();
}

/** Every device that tests can use. */
export function testDevices(): readonly Device[] {
  return devices;
}

/** Registers a test once per device. */
export function deviceTest(name: string, fn: (device: Device) => void | Promise<void>): void {
  for (const device of devices) {
    Deno.test(`${name} [${device.description.backend}]`, () => fn(device));
  }
}
