/**
 * What the WGSL of attention is joined with.
 *
 * @module
 */
import type { WgslFile } from "../../../src/device/kernel.ts";
import { straddle } from "../../shared/shared_parts.ts";
import backwardTilesSource from "./backward_tiles.wgsl" with { type: "text" };
import headsSource from "./heads.wgsl" with { type: "text" };

/** Words of heads, of the forward pass and of both halves of the backward pass. */
export const headParts: readonly WgslFile[] = [
  { file: "attention/parts/heads.wgsl", source: headsSource },
  straddle,
];

/** Both halves of the backward pass. */
export const backwardParts: readonly WgslFile[] = [
  { file: "attention/parts/backward_tiles.wgsl", source: backwardTilesSource },
  ...headParts,
];
