import assert from "node:assert/strict";
import type { Dispatch } from "../../src/device/device.ts";
import { cpuKernel, cpuKernelNames } from "../../src/device/cpu/kernels.ts";
import { loadKernels } from "../../src/device/cpu/module.ts";
import { kernelNames, kernelVariants } from "../../src/device/webgpu/kernels.ts";

Deno.test("kernels: src/device/cpu/wasm_binary.ts is what `deno task kernels` makes of kernels/", async () => {
  // Without the lock file: the compiler must not become something that every checkout downloads.
  const { success, stderr } = await new Deno.Command(Deno.execPath(), {
    args: ["run", "-A", "--no-lock", "tasks/kernels.ts", "--check"],
    cwd: new URL("../../", import.meta.url),
  }).output();
  assert.ok(success, new TextDecoder().decode(stderr));
});

Deno.test("kernels: every kernel exists on both devices", () => {
  const [gpu, cpu] = [new Set(kernelNames()), new Set(cpuKernelNames())];
  const missing = (from: Set<string>, other: Set<string>) => [...other.difference(from)].join(", ");
  assert.equal(
    missing(cpu, gpu),
    "",
    "these WGSL kernels have no twin in src/device/cpu/kernels.ts",
  );
  assert.equal(
    missing(gpu, cpu),
    "",
    "these CPU kernels have no twin in src/device/webgpu/kernels.ts",
  );
});

Deno.test("kernels: the CPU kernels of the list are in alphabetical order and have a source of their name", () => {
  const names = cpuKernelNames();
  assert.deepEqual(names, names.toSorted());
  for (const name of names) {
    const [room] = kernelVariants(name)[0].file.split("/");
    Deno.statSync(new URL(`../../kernels/${room}/${name}.as.ts`, import.meta.url));
  }
});

/** Constants of a type that the WGSL of a kernel declares, in any of its variants. */
function overridesOf(name: string, type: string): Set<string> {
  const pattern = new RegExp(`^override (\\w+): ${type};`, "gm");
  return new Set(
    kernelVariants(name).flatMap(({ source }) =>
      [...source.matchAll(pattern)].map((match) => match[1])
    ),
  );
}

Deno.test("kernels: the CPU twins take the constants of the WGSL kernels", () => {
  for (const name of kernelNames()) {
    const { constants, floats = [] } = cpuKernel(name);
    const known = overridesOf(name, "\\w+");
    const real = overridesOf(name, "f32");
    for (const constant of constants) {
      assert.ok(known.has(constant), `${name}: ${constant} is not in the WGSL`);
      const same = floats.includes(constant) === real.has(constant);
      assert.ok(same, `${name}: ${constant} is a float on one device only`);
    }
    for (const float of floats) assert.ok(constants.includes(float), `${name}: ${float}`);
  }
});

Deno.test("kernels: every phase of the list is a function of both builds", () => {
  const builds = [true, false].map((relaxed) => loadKernels(true, relaxed).names);
  for (const name of cpuKernelNames()) {
    const { phases } = cpuKernel(name);
    const sizes = Object.fromEntries([...overridesOf(name, "\\w+")].map((key) => [key, 8]));
    const dispatch: Dispatch = {
      kernel: name,
      constants: sizes,
      reads: [],
      writes: [],
      extent: [8, 8, 1],
      stepBytes: 0,
      label: name,
      flops: 0,
    };
    for (const { entry } of phases(sizes, dispatch)) {
      for (const names of builds) assert.ok(names.includes(entry), `${name}: no function ${entry}`);
    }
  }
});
