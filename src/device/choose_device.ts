/**
 * Chooses a device and opens it, wherever this runs.
 *
 * @module
 */
import { WorkError } from "../errors.ts";
import type { Device } from "./device.ts";

/** Which device to open. */
export interface OpenDeviceOptions {
  /** `auto` takes a GPU if there is a real one, else the CPU. */
  readonly backend?: "auto" | "webgpu" | "cpu";
  /** Threads of the CPU device; default: as many as there are processors. */
  readonly threads?: number;
}

/** What is known of GPUs only where this runs. */
export interface GpuAccess {
  /** Asks for the fastest adapter; null where there is none. */
  requestAdapter(): Promise<GPUAdapter | null>;
  /** What to do where there is none. */
  readonly hint: string;
}

/**
 * Opens a device, see `openDevice`.
 *
 * @throws {WorkError} If there is no adapter, or it does not give a device.
 * @throws {RangeError} If `threads` is not an integer from 1 to 64.
 */
export async function chooseDevice(
  options: OpenDeviceOptions,
  { requestAdapter, hint }: GpuAccess,
): Promise<Device> {
  const { backend = "auto" } = options;
  if (backend === "cpu") return await openCpu(options);
  const adapter = await requestAdapter();
  if (backend === "auto" && (!adapter || adapter.info.isFallbackAdapter)) {
    // Emulating a GPU on the processor is many times slower than using the processor.
    return await openCpu(options);
  }
  if (!adapter) {
    throw new WorkError(`Cannot open a WebGPU device: no adapter found; ${hint}`);
  }
  return await openAdapter(adapter);
}

// A device comes with its kernels: only the one that is opened is loaded.

async function openCpu(options: OpenDeviceOptions): Promise<Device> {
  const { CpuDevice } = await import("./cpu/cpu_device.ts");
  return await CpuDevice.open(options);
}

/** Asks for the fastest adapter; null where there is none. */
export async function fastestAdapter(): Promise<GPUAdapter | null> {
  const gpu: GPU | undefined = navigator.gpu;
  return await gpu?.requestAdapter({ powerPreference: "high-performance" }) ?? null;
}

async function openAdapter(adapter: GPUAdapter): Promise<Device> {
  const { limits, info } = adapter;
  const features = (["timestamp-query"] as const).filter((name) => adapter.features.has(name));
  let device: GPUDevice;
  try {
    device = await adapter.requestDevice({
      requiredFeatures: features,
      // WebGPU grants only its small defaults unless asked for what the adapter has.
      requiredLimits: {
        maxBufferSize: limits.maxBufferSize,
        maxStorageBufferBindingSize: limits.maxStorageBufferBindingSize,
        maxComputeWorkgroupStorageSize: limits.maxComputeWorkgroupStorageSize,
        maxComputeInvocationsPerWorkgroup: limits.maxComputeInvocationsPerWorkgroup,
        maxComputeWorkgroupSizeX: limits.maxComputeWorkgroupSizeX,
      },
    });
  } catch (error) {
    throw new WorkError(
      `Cannot open a WebGPU device on ${info.description || info.vendor}: ${
        error instanceof Error ? error.message : error
      }`,
    );
  }
  const { GpuDevice } = await import("./webgpu/gpu_device.ts");
  return new GpuDevice(device, {
    backend: "webgpu",
    name: info.description || info.device || info.vendor || "WebGPU adapter",
    software: info.isFallbackAdapter,
    maxBufferBytes: device.limits.maxBufferSize,
    maxBindingBytes: device.limits.maxStorageBufferBindingSize,
  });
}
