/**
 * The kernels of real GPUs on whatever adapter there is: software adapters have variants of their own for
 * some, and the others must be right too.
 *
 * @module
 */
import assert from "node:assert/strict";
import { GpuDevice } from "../../src/device/webgpu/gpu_device.ts";
import { variantName } from "../../src/device/webgpu/wgsl_text.ts";
import { selectVariant } from "../../src/device/webgpu/variant.ts";
import { evaluate, type HostArray, packCodes } from "../../src/tensor/evaluate.ts";
import { makePlan } from "../../src/tensor/plan.ts";
import { input, lastDimension, type Value } from "../../src/tensor/value.ts";
import { assertClose } from "../assert_close.ts";
import { deviceTest } from "../devices.ts";
import { normal, referenceOf } from "./sweep.ts";

/** One dispatch that a hardware GPU would run. */
export interface HardwareCase {
  /** The variant that must be chosen. */
  readonly file: string;
  readonly name: string;
  /** Leaves with their data, codes unpacked. */
  readonly feeds: ReadonlyMap<Value, HostArray>;
  /** Whether `output` adds to what it holds. */
  readonly accumulate?: boolean;
  readonly output: Value;
}

/** Data as the device holds it. */
export function deviceData(value: Value, data: HostArray): HostArray {
  return value.dtype === "i8" ? packCodes(Int8Array.from(data), lastDimension(value.shape)) : data;
}

/** Registers the comparison of one kernel variant with the float64 reference. */
export function testHardwareKernel({ file, name, feeds, accumulate, output }: HardwareCase): void {
  deviceTest(`${file}: ${name}`, async (device) => {
    if (!(device instanceof GpuDevice)) return;
    const hardware = new GpuDevice(device.gpu, { ...device.description, software: false });
    const place = input("output", output.shape);
    output.location = place.location;
    const [dispatch] = makePlan([output]).dispatches;
    assert.equal(variantName(selectVariant(dispatch, false)), file);
    const [expected] = referenceOf([output], feeds);
    const held = normal(expected.length, 401);
    if (accumulate) held.forEach((value, i) => expected[i] += value);
    const packed = new Map(
      [...feeds].map(([value, data]) => [value, deviceData(value, data)] as const),
    );
    const [actual] = await evaluate(hardware, [output], new Map([...packed, [place, held]]));
    assertClose(actual, expected, { label: name });
  });
}
