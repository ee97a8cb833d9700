import assert from "node:assert/strict";
import { addKernel } from "../../kernels/elementwise/add.ts";
import type { BufferSpec, Dispatch, Plan } from "../../src/device/device.ts";
import { openDevice } from "../../src/device/open_device.ts";
import { GpuDevice } from "../../src/device/webgpu/gpu_device.ts";
import { PipelineCache } from "../../src/device/webgpu/pipeline.ts";
import { workgroupCounts } from "../../src/device/webgpu/variant.ts";
import { WorkError } from "../../src/errors.ts";
import { add } from "../../src/tensor/add.ts";
import { CompiledPlan } from "../../src/tensor/compiled_plan.ts";
import { evaluate } from "../../src/tensor/evaluate.ts";
import { makePlan } from "../../src/tensor/plan.ts";
import { input } from "../../src/tensor/value.ts";
import { deviceTest } from "../devices.ts";

/** Registers a test for the WebGPU device only. */
function gpuTest(name: string, fn: (device: GpuDevice) => void | Promise<void>): void {
  deviceTest(name, (device) => device instanceof GpuDevice ? fn(device) : undefined);
}

const dispatch: Dispatch = {
  kernel: addKernel,
  constants: { COUNT: 1, HAS_B: 0, ACCUMULATE: 0 },
  reads: [null, null],
  writes: [],
  extent: [1, 1, 1],
  stepBytes: 0,
  label: "test",
  flops: 0,
};

const planOf = (dispatch: Dispatch, slots: BufferSpec[] = []): Plan => ({
  dispatches: [dispatch],
  slots,
  state: [],
});

function workError(pattern: RegExp): (error: unknown) => boolean {
  return (error) => {
    assert.ok(error instanceof WorkError, `expected a WorkError, got ${error}`);
    assert.match(error.message, pattern);
    return true;
  };
}

gpuTest(
  "GpuDevice: a buffer beyond the limit is refused with its size and what to reduce",
  (device) => {
    const byteLength = device.description.maxBufferBytes + 1;
    assert.throws(
      () => device.allocate({ label: "logits", byteLength }),
      workError(
        /^Cannot allocate \d+ bytes for logits: .* allows \d+ bytes per buffer; reduce the batch/,
      ),
    );
  },
);

gpuTest(
  "GpuDevice: a binding beyond the limit is refused before anything is allocated",
  async (device) => {
    const { buffers } = device.counters;
    const byteLength = device.description.maxBindingBytes + 4;
    const buffer: BufferSpec = { label: "slot 0", byteLength };
    const writes = [{ buffer, byteOffset: 0, byteLength }];
    await assert.rejects(
      device.compile(planOf({ ...dispatch, writes }, [buffer]), new Map()),
      workError(/^Cannot bind \d+ bytes in test \(add\): .* allows \d+; reduce the batch/),
    );
    assert.equal(device.counters.buffers, buffers);
  },
);

gpuTest("GpuDevice: a kernel without WGSL is named", async (device) => {
  await assert.rejects(
    device.compile(planOf({ ...dispatch, kernel: { ...addKernel, wgsl: [] } }), new Map()),
    workError(/^Cannot run kernel add: there is no WGSL for it/),
  );
});

gpuTest("GpuDevice: a missing constant is named", async (device) => {
  await assert.rejects(
    device.compile(planOf({ ...dispatch, constants: { COUNT: 1, HAS_B: 0 } }), new Map()),
    workError(/^Cannot compile kernel elementwise\/add\.wgsl: constant ACCUMULATE is missing/),
  );
});

gpuTest(
  "GpuDevice: WGSL that does not compile is reported with constants and numbered source",
  async (device) => {
    const broken = (source: string) =>
      new PipelineCache(device.gpu, device.description.software, () => ({
        file: "broken.wgsl",
        source,
        tile: [1],
      }));
    const typeError =
      "override COUNT: u32;\n@compute @workgroup_size(1)\nfn main() { let x: u32 = 1.5; }";
    await assert.rejects(
      broken(typeError).get(dispatch),
      workError(
        /^Cannot compile kernel broken\.wgsl with \{"COUNT":1\}: [^\n]+\n +1 override COUNT: u32;\n +2 @compute.*\n +3 fn main/,
      ),
    );
    // A module that is right, but whose bindings the dispatch does not have.
    const unbound = "@group(0) @binding(5) var<storage, read_write> y: array<f32>;\n" +
      "@compute @workgroup_size(1)\nfn main() { y[0] = 1; }";
    await assert.rejects(
      broken(unbound).get(dispatch),
      workError(/^Cannot compile kernel broken\.wgsl with \{\}: [^\n]+\n +1 @group/),
    );
    await device.synchronize();
  },
);

gpuTest("GpuDevice: ten replays create nothing", async (device) => {
  const x = input("x", [1000]);
  let y = x;
  for (let i = 0; i < 8; i++) y = add(y, x);
  using plan = await CompiledPlan.make(device, makePlan([y]));
  plan.write(x, new Float32Array(1000).fill(1));
  plan.run();
  await plan.read(y);
  const before = device.counters;
  for (let i = 1; i <= 10; i++) {
    plan.write(x, new Float32Array(1000).fill(i));
    plan.run();
    assert.deepEqual(await plan.read(y), new Float32Array(1000).fill(9 * i));
  }
  assert.deepEqual(device.counters, { ...before, submits: before.submits + 10 });
});

gpuTest("GpuDevice: a pipeline is made once per kernel and constants", async (device) => {
  const x = input("x", [777]);
  const feeds = new Map([[x, new Float32Array(777)]]);
  await evaluate(device, [add(x, x)], feeds);
  const { pipelines } = device.counters;
  await evaluate(device, [add(x, x), add(x, x)], feeds);
  assert.equal(device.counters.pipelines, pipelines);
});

gpuTest("GpuDevice: a profile times every dispatch and computes the same", async (device) => {
  const x = input("x", [1 << 16]);
  const middle = add(x, x);
  const y = add(middle, x);
  using plan = await CompiledPlan.make(device, makePlan([y]));
  plan.write(x, new Float32Array(1 << 16).fill(2));
  const timings = await plan.executable.profile();
  assert.deepEqual(timings.map((timing) => timing.dispatch), [...plan.executable.plan.dispatches]);
  for (const { ms } of timings) assert.ok(ms > 0 && ms < 10_000, `${ms} ms`);
  assert.deepEqual((await plan.read(y))[99], 6);
});

gpuTest("GpuDevice: bytes are written and read back at an offset", async (device) => {
  const initial = Uint32Array.of(1, 2, 3, 4, 5);
  using buffer = device.allocate({ label: "bytes", byteLength: 20, initial });
  device.write(buffer, Uint32Array.of(7, 8), 8);
  assert.deepEqual(new Uint32Array(await device.read(buffer)), Uint32Array.of(1, 2, 7, 8, 5));
  assert.deepEqual(new Uint32Array(await device.read(buffer, 12, 8)), Uint32Array.of(8, 5));
});

gpuTest("GpuDevice: an invalid command is not silent", async () => {
  using device = await openDevice({ backend: "webgpu" }) as GpuDevice;
  const buffer = device.allocate({ label: "small", byteLength: 4 });
  device.write(buffer, new Float32Array(1000));
  await assert.rejects(device.synchronize(), workError(/^Cannot run on the GPU: [^\n]+$/));
});

gpuTest("GpuDevice: a lost device gives a clear message", async () => {
  using device = await openDevice({ backend: "webgpu" }) as GpuDevice;
  const x = input("x", [4]);
  const y = add(x, x);
  using plan = await CompiledPlan.make(device, makePlan([y]));
  plan.run();
  await device.synchronize();
  device.gpu.destroy();
  await device.gpu.lost;
  const lost = workError(
    /^Cannot continue on the GPU: the device was lost \(destroyed.*a run from its last checkpoint$/,
  );
  assert.throws(() => plan.run(), lost);
  assert.throws(() => plan.write(x, new Float32Array(4)), lost);
  assert.throws(() => device.allocate({ label: "more", byteLength: 4 }), lost);
  await assert.rejects(plan.read(y), lost);
  await assert.rejects(device.synchronize(), lost);
});

Deno.test("workgroupCounts: a long line is folded, a large grid refused", () => {
  const kernel = { file: "k.wgsl", source: "", tile: [256] };
  const counts = (...extent: [number, number, number]) =>
    workgroupCounts({ ...dispatch, extent }, kernel);
  assert.deepEqual(counts(1, 1, 1), [1, 1, 1]);
  assert.deepEqual(counts(257, 3, 2), [2, 3, 2]);
  const [x, y, z] = counts(256 * 65535 * 2 + 1, 1, 1);
  assert.deepEqual([y, z], [3, 1]);
  assert.ok(x <= 65535 && x * y >= 65535 * 2 + 1);
  assert.throws(
    () => counts(1, 70000, 1),
    workError(/Cannot run test over 1×70000×1: .*reduce the batch or/),
  );
});
