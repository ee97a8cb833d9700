/**
 * What a device can do at best: multiply-adds in registers, bytes copied.
 *
 * @module
 */
import { ceilingCopyKernel, ceilingFmaKernel } from "../../kernels/ceilings/ceilings.ts";
import type { BufferSpec, Device, Dispatch, Plan } from "../device/device.ts";
import { measureDispatches, type MeasureOptions } from "./measure.ts";
import type { CeilingsReport } from "./report.ts";

const MIB = 1 << 20;

/** Multiply-adds that a thread of `kernels/ceilings/ceiling_fma.wgsl` does in a round. */
const FMAS_PER_ROUND = 192;

/** Measures both ceilings. */
export async function measureCeilings(
  device: Device,
  options: MeasureOptions,
): Promise<CeilingsReport> {
  const { backend, software, maxBindingBytes, maxBufferBytes } = device.description;
  const gpu = backend === "webgpu" && !software;
  const [threads, rounds] = gpu ? [1 << 22, 32] : [1 << 14, 256];
  const [fma] = await measureDispatches(device, planOf(fmaDispatch(threads, rounds)), options);

  // Far beyond the caches of a GPU; a processor's are smaller, and so is its patience.
  const copyBytes = Math.min(gpu ? 256 * MIB : 64 * MIB, maxBindingBytes, maxBufferBytes);
  const [copy] = await measureDispatches(device, copyPlan(copyBytes), options);
  return {
    fma_gflops: fma.dispatch.flops / fma.ms / 1e6,
    copy_gb_per_s: 2 * copyBytes / copy.ms / 1e6,
    copy_bytes: 2 * copyBytes,
    repeats: Math.min(fma.repeats, copy.repeats),
  };
}

/** A copy of so many bytes, a multiple of 16. */
export function copyPlan(byteLength: number): Plan {
  return planOf(copyDispatch(byteLength));
}

function planOf(dispatch: Dispatch): Plan {
  const state = [...dispatch.reads, ...dispatch.writes].flatMap((range) => range?.buffer ?? []);
  return { dispatches: [dispatch], slots: [], state };
}

function whole(buffer: BufferSpec) {
  return { buffer, byteOffset: 0, byteLength: buffer.byteLength };
}

function fmaDispatch(threads: number, rounds: number): Dispatch {
  // x <- 0.999 x + 0.001 stays finite, and its sum is never -1.
  const initial = new Float32Array([0.999, 0.001, -1, 0]);
  return {
    kernel: ceilingFmaKernel,
    constants: { ROUNDS: rounds },
    reads: [whole({ label: "operands", byteLength: 16, initial })],
    writes: [whole({ label: "never written", byteLength: 16 })],
    extent: [threads, 1, 1],
    stepBytes: 0,
    label: "ceiling",
    flops: 2 * FMAS_PER_ROUND * rounds * threads,
  };
}

function copyDispatch(byteLength: number): Dispatch {
  const vectors = Math.floor(byteLength / 16);
  return {
    kernel: ceilingCopyKernel,
    constants: { COUNT: vectors },
    reads: [whole({ label: "source", byteLength })],
    writes: [whole({ label: "copy", byteLength })],
    extent: [vectors, 1, 1],
    stepBytes: 0,
    label: "ceiling",
    flops: 0,
  };
}
