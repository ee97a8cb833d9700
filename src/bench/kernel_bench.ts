/**
 * Measures kernels and relates them to the ceilings.
 *
 * @module
 */
import type { Device, Plan } from "../device/device.ts";
import { makePlan, trafficBytes } from "../tensor/plan.ts";
import { copyPlan } from "./ceilings.ts";
import type { KernelCase } from "./kernel_cases.ts";
import { type MeasuredDispatch, measureDispatches, type MeasureOptions } from "./measure.ts";
import type { CeilingsReport, KernelReport } from "./report.ts";

/** Measures a case: one line per kernel it uses. */
export function measureCase(
  device: Device,
  { use, size, build }: KernelCase,
  ceilings: CeilingsReport,
  options: MeasureOptions,
): Promise<KernelReport[]> {
  return measurePlan(device, { use, size }, makePlan(build()), ceilings, options);
}

/** Measures a copy of a matrix: of kernels of this size none can do much better. */
export function measureCopy(
  device: Device,
  [rows, columns]: readonly [number, number],
  ceilings: CeilingsReport,
  options: MeasureOptions,
): Promise<KernelReport[]> {
  const plan = copyPlan(4 * rows * columns);
  return measurePlan(device, { use: "copy", size: `${rows}×${columns}` }, plan, ceilings, options);
}

async function measurePlan(
  device: Device,
  { use, size }: Pick<KernelCase, "use" | "size">,
  plan: Plan,
  ceilings: CeilingsReport,
  options: MeasureOptions,
): Promise<KernelReport[]> {
  const measured = await measureDispatches(device, plan, options);
  return [...byKernel(measured)].map(([kernel, group]) => {
    const sum = (value: (one: MeasuredDispatch) => number) =>
      group.reduce((total, one) => total + value(one), 0);
    const ms = sum((one) => one.ms);
    const flops = sum((one) => one.dispatch.flops);
    const bytes = sum((one) => trafficBytes(one.dispatch));
    const gflops = flops / ms / 1e6;
    const gbPerSecond = bytes / ms / 1e6;
    return {
      kernel,
      use,
      size,
      ms,
      repeats: Math.min(...group.map(({ repeats }) => repeats)),
      flops,
      bytes,
      gflops,
      fma_share: gflops / ceilings.fma_gflops,
      gb_per_s: gbPerSecond,
      copy_share: gbPerSecond / ceilings.copy_gb_per_s,
    };
  });
}

/**
 * Measured dispatches by the kernel they launch, in order of first use. Kernels that are parts of an op, as
 * attention_backward_query is of attention_backward, count as one: each device divides the work between them in its
 * own way.
 */
export function byKernel(measured: readonly MeasuredDispatch[]): Map<string, MeasuredDispatch[]> {
  return Map.groupBy(
    measured,
    ({ dispatch: { kernel: { name }, label } }) => name.startsWith(`${label}_`) ? label : name,
  );
}
