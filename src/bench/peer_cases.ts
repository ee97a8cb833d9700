/**
 * The training steps that are compared with another program's.
 *
 * @module
 */
import { textFamily } from "../models/text/family.ts";
import { vitFamily } from "../models/vit/family.ts";
import { makeQuantization } from "../nn/quantization.ts";
import { medium, small } from "./device_bench.ts";
import { image } from "./image_step.ts";
import { imagePeer, type PeerCase, textPeer } from "./peer.ts";

/**
 * Cases to compare.
 *
 * @param family The family of their models; undefined for all that have a peer.
 * @param quick Fewer of them.
 */
export function peerCases(family: string | undefined, quick: boolean): PeerCase[] {
  const float = {
    ...image,
    config: { ...image.config, quantization: makeQuantization({ weightBits: 32 }) },
  };
  const cases = {
    [textFamily.name]: [
      textPeer("small ternary", small),
      ...quick ? [] : [textPeer("6 layers × 256 ternary", medium)],
    ],
    [vitFamily.name]: [
      imagePeer("ViT, 6 layers × 192 ternary", image),
      ...quick ? [] : [imagePeer("ViT, 6 layers × 192 float", float)],
    ],
  };
  return family === undefined ? Object.values(cases).flat() : cases[family];
}
