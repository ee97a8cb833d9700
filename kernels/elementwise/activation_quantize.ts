/**
 * The kernel of an activation function together with the activation quantizer.
 *
 * @module
 */
import { defineKernel } from "../../src/device/kernel.ts";
import { roundUp, rows } from "../shared/row_phases.ts";
import { activationFunctions } from "./parts/elementwise_parts.ts";
import activationQuantizeWgsl from "./activation_quantize.wgsl" with { type: "text" };

/** Codes and scales of the rows of act(x). */
export const activationQuantizeKernel = /* @__PURE__ */ defineKernel({
  name: "activation_quantize",
  reads: { x: "f32" },
  writes: { codes: "i8", scales: "f32" },
  constants: { D: "u32", KIND: "u32", BITS: "u32", ROWS: "u32", LANES: "u32" },
  wgsl: [{
    file: "elementwise/activation_quantize.wgsl",
    source: activationQuantizeWgsl,
    parts: [activationFunctions],
    tile: [1],
  }],
  phases: ({ ROWS, D }) => rows("activationQuantize", ROWS, D),
  privateBytes: ({ D }) => 4 * roundUp(D, 4),
});
