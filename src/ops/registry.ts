/**
 * The list of ops, one line each. Tests sweep it.
 *
 * @module
 */
import type { Op } from "../tensor/op.ts";
import { addOp, storeOp } from "../tensor/add.ts";
import { activationBackwardOp, activationOp } from "./activation.ts";
import { adamwOp, gradientNormOp } from "./adamw.ts";
import { attentionBackwardOp, attentionOp } from "./attention.ts";
import { bitLinearOp, matmulCodesOp } from "./bitlinear.ts";
import { crossEntropyBackwardOp, crossEntropyOp } from "./cross_entropy.ts";
import { dropoutOp } from "./dropout.ts";
import { embeddingBackwardOp, embeddingOp } from "./embedding.ts";
import { gluBackwardOp, gluOp } from "./glu.ts";
import { matmulOp } from "./matmul.ts";
import { quantizeActivationsOp } from "./quantize_activations.ts";
import { quantizeTensorOp } from "./quantize_tensor.ts";
import { quantizeWeightsOp } from "./quantize_weights.ts";
import { rmsNormBackwardOp, rmsNormOp } from "./rms_norm.ts";
import { ropeOp } from "./rope.ts";

/** Every op, whatever its attributes are. */
export const ops: readonly Op<never>[] = [
  addOp,
  storeOp,
  activationBackwardOp,
  activationOp,
  adamwOp,
  attentionBackwardOp,
  attentionOp,
  bitLinearOp,
  crossEntropyBackwardOp,
  crossEntropyOp,
  dropoutOp,
  embeddingBackwardOp,
  embeddingOp,
  gluBackwardOp,
  gluOp,
  gradientNormOp,
  matmulCodesOp,
  matmulOp,
  quantizeActivationsOp,
  quantizeTensorOp,
  quantizeWeightsOp,
  rmsNormBackwardOp,
  rmsNormOp,
  ropeOp,
];
