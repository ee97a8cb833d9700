/**
 * The device that tests in a page run on: the GPU, whose compiler of WGSL is another than that under Deno.
 *
 * @module
 */
import type { Device } from "../../../src/device/device.ts";
import { openDevice } from "../../../src/device/page_device.ts";

const devices: Device[] = [await openDevice({ backend: "webgpu" })];

/** Labels of the pipelines that ran: files of kernels. */
const ran = new Set<string>();
const { setPipeline } = GPUComputePassEncoder.prototype;
GPUComputePassEncoder.prototype.setPipeline = function (pipeline) {
  ran.add(pipeline.label);
  return setPipeline.call(this, pipeline);
};

/** Files of the kernels that ran since this was last asked. */
export function takeKernels(): string[] {
  const files = [...ran].sort();
  ran.clear();
  return files;
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
