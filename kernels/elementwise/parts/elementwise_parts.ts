/**
 * WGSL that elementwise kernels are joined with.
 *
 * @module
 */
import type { WgslFile } from "../../../src/device/kernel.ts";
import activationFunctionsSource from "./activation_functions.wgsl" with { type: "text" };

/** Activation functions: `act`. */
export const activationFunctions: WgslFile = {
  file: "elementwise/parts/activation_functions.wgsl",
  source: activationFunctionsSource,
};
