/**
 * WGSL that kernels of several rooms are joined with.
 *
 * @module
 */
import type { WgslFile } from "../../src/device/kernel.ts";
import straddleSource from "./straddle.wgsl" with { type: "text" };

/** Vectors from where none begins. */
export const straddle: WgslFile = { file: "shared/straddle.wgsl", source: straddleSource };
