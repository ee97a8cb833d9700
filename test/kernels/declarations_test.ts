import assert from "node:assert/strict";
import { addKernel } from "../../kernels/elementwise/add.ts";
import { dropoutKernel } from "../../kernels/elementwise/dropout.ts";
import { kernels } from "../../kernels/kernels.ts";
import { loadKernels } from "../../src/device/cpu/module.ts";
import type { Kernel } from "../../src/device/kernel.ts";
import { joinedSource } from "../../src/device/webgpu/wgsl_text.ts";
import { interfaceErrors } from "./wgsl_interface.ts";

const folder = new URL("../../kernels/", import.meta.url);

/** Files of `kernels/` whose names end so, with their path in it. */
function filesOf(end: string, path = ""): string[] {
  const entries = [...Deno.readDirSync(new URL(path, folder))];
  return entries.flatMap(({ name, isDirectory }) => {
    if (isDirectory) return filesOf(end, `${path}${name}/`);
    return name.endsWith(end) ? [path + name] : [];
  }).sort();
}

const readFile = (file: string) => Deno.readTextFileSync(new URL(file, folder));

Deno.test("kernels: names are unique and snake_case", () => {
  const names = kernels.map(({ name }) => name);
  assert.equal(new Set(names).size, names.length);
  for (const name of names) assert.match(name, /^[a-z][a-z0-9]*(_[a-z0-9]+)*$/);
});

Deno.test("kernels: every WGSL file is what a declaration says it is", () => {
  const declared = kernels.flatMap(({ wgsl }) => wgsl.flatMap((one) => [one, ...one.parts ?? []]));
  for (const { file, source } of declared) assert.equal(source, readFile(file), file);
  assert.deepEqual([...new Set(declared.map(({ file }) => file))].sort(), filesOf(".wgsl"));
});

Deno.test("kernels: WGSL binds and overrides what the declaration says", () => {
  const errors = kernels.flatMap((kernel) =>
    kernel.wgsl.flatMap((variant) => interfaceErrors(kernel, variant))
  );
  assert.deepEqual(errors, []);
});

Deno.test("kernels: a difference between WGSL and declaration is found and named", () => {
  const [variant] = dropoutKernel.wgsl;
  const errors = (changed: Partial<Kernel>) =>
    interfaceErrors({ ...dropoutKernel, ...changed } as Kernel, variant);
  const { x, residual } = dropoutKernel.reads;
  const prefix = "dropout (elementwise/dropout.wgsl): ";
  assert.deepEqual(errors({ reads: { residual, x } }), [
    `${prefix}binding 0 is x, declared is residual`,
    `${prefix}binding 1 is residual, declared is x`,
  ]);
  assert.deepEqual(errors({ reads: { x: "i8", residual } }), [
    `${prefix}x holds f32, declared is i8`,
  ]);
  assert.deepEqual(errors({ reads: { x, residual, y: "f32" }, writes: {} }), [
    `${prefix}y is bound for write, declared for read`,
  ]);
  assert.deepEqual(errors({ usesStep: false }), [`${prefix}step is bound, but not declared`]);
  assert.deepEqual(errors({ constants: { ...dropoutKernel.constants, SCALE: "u32" } }), [
    `${prefix}SCALE is f32, declared is u32`,
  ]);
  const { SALT: _, ...others } = dropoutKernel.constants;
  assert.deepEqual(errors({ constants: others }), [`${prefix}SALT is not declared`]);
});

Deno.test("kernels: every declared constant is used by a device or divides its work", () => {
  const sources = filesOf(".as.ts").filter((file) => !file.endsWith("arguments.as.ts"))
    .map(readFile);
  for (const { name, constants, wgsl, phases } of kernels) {
    const className = `${name.replaceAll(/(?:^|_)(\w)/g, (_, c) => c.toUpperCase())}Arguments`;
    const twins = sources.filter((source) => source.includes(className));
    assert.ok(twins.length > 0, `${name} has no twin in AssemblyScript`);
    for (const constant of Object.keys(constants)) {
      const inWgsl = wgsl.some((one) => joinedSource(one).includes(`override ${constant}:`));
      const inTwin = twins.some((source) => source.includes(`args.${constant}`));
      const inPhases = phases.toString().includes(constant);
      assert.ok(inWgsl || inTwin || inPhases, `${name}: nobody uses ${constant}`);
    }
  }
});

Deno.test("kernels: every phase is a function of both builds", async () => {
  const loaded = await Promise.all([true, false].map((relaxed) => loadKernels(true, relaxed)));
  const builds = loaded.map(({ names }) => names);
  for (const kernel of kernels) {
    const constants = Object.fromEntries(Object.keys(kernel.constants).map((name) => [name, 8]));
    const dispatch = {
      kernel,
      constants,
      reads: [],
      writes: [],
      extent: [8, 8, 1] as const,
      stepBytes: 0,
      label: kernel.name,
      flops: 0,
    };
    for (const { entry } of kernel.phases(constants, dispatch)) {
      for (const names of builds) {
        assert.ok(names.includes(entry), `${kernel.name}: no function ${entry}`);
      }
    }
  }
});

Deno.test("kernels: the twins name no argument by a number", () => {
  for (const file of filesOf(".as.ts")) {
    assert.doesNotMatch(readFile(file), /\bload<\w+>\(args(?!\.)|\bargs \+/, file);
  }
});

Deno.test("kernels: a kernel of the list is the one that its module exports", () => {
  assert.ok((kernels as readonly unknown[]).includes(addKernel));
});
