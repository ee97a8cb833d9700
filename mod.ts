/**
 * BitText trains, judges and ships extremely quantised Transformers, from TypeScript.
 *
 * The module is the library and, when run, the program:
 *
 * ```sh
 * deno run -A mod.ts train
 * ```
 *
 * @example Load a model and run it
 * ```ts no-eval
 * import { loadModel, openDevice } from "./mod.ts";
 *
 * using device = await openDevice();
 * using model = await loadModel("runs/demo", device);
 * const { logits } = await model.forward(new Int32Array([1, 2, 3]), { shape: [1, 3] });
 * ```
 *
 * @module
 */
export * from "./src/errors.ts";
export { openDevice, type OpenDeviceOptions } from "./src/device/open_device.ts";
export * from "./src/device/device.ts";
export * from "./src/tensor/value.ts";
export * from "./src/tensor/op.ts";
export * from "./src/tensor/add.ts";
export * from "./src/tensor/parameter.ts";
export * from "./src/tensor/plan.ts";
export * from "./src/tensor/reverse.ts";
export * from "./src/tensor/evaluate.ts";
export * from "./src/tensor/compiled_plan.ts";

if (import.meta.main) {
  const { main } = await import("./src/cli/main.ts");
  Deno.exit(await main(Deno.args));
}
