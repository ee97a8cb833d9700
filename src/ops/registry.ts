/**
 * The list of ops, one line each. Tests sweep it.
 *
 * @module
 */
import type { Op } from "../tensor/op.ts";
import { addOp, storeOp } from "../tensor/add.ts";
import { activationBackwardOp, activationOp } from "./activation.ts";
import { activationQuantizeOp } from "./activation_quantize.ts";
import { adamwOp } from "./adamw.ts";
import { addPositionsBackwardOp, addPositionsOp } from "./add_positions.ts";
import { attentionBackwardOp, attentionOp } from "./attention.ts";
import { attentionProbabilitiesOp } from "./attention_probabilities.ts";
import { bitLinearOp, matmulCodesOp } from "./bitlinear.ts";
import { broadcastAddOp } from "./broadcast_add.ts";
import { columnSumOp } from "./column_sum.ts";
import { crossEntropyBackwardOp, crossEntropyOp } from "./cross_entropy.ts";
import { dropoutOp } from "./dropout.ts";
import { embeddingBackwardOp, embeddingOp } from "./embedding.ts";
import { gluBackwardOp, gluOp } from "./glu.ts";
import { layerNormBackwardOp, layerNormOp } from "./layer_norm.ts";
import { matmulOp } from "./matmul.ts";
import { maxPoolBackwardOp, maxPoolOp } from "./max_pool.ts";
import { poolBackwardOp, poolOp } from "./pool.ts";
import { quantizeActivationsOp } from "./quantize_activations.ts";
import { quantizeTensorOp } from "./quantize_tensor.ts";
import { quantizeWeightsOp } from "./quantize_weights.ts";
import { rmsNormBackwardOp, rmsNormOp } from "./rms_norm.ts";
import { ropeOp } from "./rope.ts";
import { rowPeaksOp } from "./row_peaks.ts";
import { scaledAddOp } from "./scaled_add.ts";
import { softCrossEntropyBackwardOp, softCrossEntropyOp } from "./soft_cross_entropy.ts";
import { gradientNormOp, stepRecordOp } from "./step_record.ts";
import { takeRowsOp } from "./take_rows.ts";
import { foldOp, unfoldOp } from "./unfold.ts";
import { weightGradientsOp } from "./weight_gradients.ts";
import { quantizePieceOp, weightStatisticsOp } from "./weight_pieces.ts";

/** Every op, whatever its attributes are. */
export const ops: readonly Op<never>[] = [
  addOp,
  storeOp,
  activationBackwardOp,
  activationOp,
  activationQuantizeOp,
  adamwOp,
  addPositionsBackwardOp,
  addPositionsOp,
  attentionBackwardOp,
  attentionOp,
  attentionProbabilitiesOp,
  bitLinearOp,
  broadcastAddOp,
  columnSumOp,
  crossEntropyBackwardOp,
  crossEntropyOp,
  dropoutOp,
  embeddingBackwardOp,
  embeddingOp,
  foldOp,
  gluBackwardOp,
  gluOp,
  gradientNormOp,
  layerNormBackwardOp,
  layerNormOp,
  matmulCodesOp,
  matmulOp,
  maxPoolBackwardOp,
  maxPoolOp,
  poolBackwardOp,
  poolOp,
  quantizeActivationsOp,
  quantizePieceOp,
  quantizeTensorOp,
  quantizeWeightsOp,
  rmsNormBackwardOp,
  rmsNormOp,
  ropeOp,
  rowPeaksOp,
  scaledAddOp,
  softCrossEntropyBackwardOp,
  softCrossEntropyOp,
  stepRecordOp,
  takeRowsOp,
  unfoldOp,
  weightGradientsOp,
  weightStatisticsOp,
];
