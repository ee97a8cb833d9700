/**
 * The kernel of products of codes.
 *
 * @module
 */
import { defineKernel } from "../../src/device/kernel.ts";
import { roundUp } from "../shared/row_phases.ts";
import { fewRowsPhase, productPhases } from "./product_phases.ts";
import { fillsGpu, onSoftware } from "./product_variants.ts";
import { codeProducts } from "./parts/product_parts.ts";
import bitlinearWgsl from "./bitlinear.wgsl" with { type: "text" };

const WGSL = { file: "products/bitlinear.wgsl", source: bitlinearWgsl };

/** Y = (X · x) · (W · w)ᵀ (+ residual) (+ bias), summed in integers; scales of W by GROUP columns. */
export const bitlinearKernel = /* @__PURE__ */ defineKernel({
  name: "bitlinear",
  reads: {
    xCodes: "i8",
    xScales: "f32",
    wCodes: "i8",
    wScales: "f32",
    residual: "f32?",
    bias: "f32?",
  },
  writes: { y: "f32" },
  constants: { M: "u32", N: "u32", K: "u32", GROUP: "u32", HAS_RESIDUAL: "bool", HAS_BIAS: "bool" },
  wgsl: [
    { ...WGSL, parts: codeProducts.software, tile: [16, 32], applies: onSoftware },
    { ...WGSL, parts: codeProducts.large, tile: [64, 64], applies: fillsGpu(64) },
    { ...WGSL, parts: codeProducts.small, tile: [32, 32] },
  ],
  phases(constants) {
    const { M, N, K } = constants;
    if (M <= 2) return fewRowsPhase("bitlinearRows", constants);
    const packs = Math.ceil(N / 8) + Math.ceil(M / 8);
    return productPhases("bitlinear", packs, 8 * K, [64, 128], constants);
  },
  scratchBytes({ M, N, K, GROUP }) {
    const groups = GROUP > 0 ? Math.ceil(K / GROUP) : 1;
    return Math.ceil(N / 8) * (16 + 8 * roundUp(K, 4)) +
      Math.ceil(M / 4) * (16 * groups + 4 * roundUp(K, 4));
  },
});
