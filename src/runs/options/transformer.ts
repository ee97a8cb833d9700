/**
 * Options that families of Transformers share: a family takes those that mean something to it, with defaults of its own.
 *
 * @module
 */
import type { ModelConfig } from "../../models/model.ts";
import type { RunConfig } from "../../train/run_config.ts";
import type { Kept, RunOptionTable } from "./run_option.ts";

/** A run of a Transformer of any family. */
type TransformerRun = RunConfig<
  ModelConfig & {
    readonly layers: number;
    readonly hiddenSize: number;
    readonly heads: number;
    readonly intermediateSize: number;
    readonly dropout: number;
    readonly initializerRange: number;
  }
>;

/** The shape of a Transformer. */
export const TRANSFORMER_OPTIONS = {
  layers: {
    kind: "integer",
    min: 1,
    default: 4,
    description: "Transformer blocks",
    alsoCalled: ["num-layers", "n-layer", "n-layers", "depth", "blocks"],
    kept: ({ model }: TransformerRun): Kept => model.layers,
    architecture: "draft",
  },
  dim: {
    kind: "integer",
    min: 1,
    default: 128,
    description: "channels of the residual stream",
    alsoCalled: ["hidden-size", "hidden", "n-embd", "embed-dim", "d-model", "width"],
    kept: ({ model }: TransformerRun): Kept => model.hiddenSize,
    architecture: "draft",
    field: "hiddenSize",
  },
  heads: {
    kind: "integer",
    min: 1,
    default: 4,
    description: "attention heads; they must divide `dim`",
    alsoCalled: ["num-heads", "n-head", "n-heads", "num-attention-heads"],
    kept: ({ model }: TransformerRun): Kept => model.heads,
    architecture: "draft",
  },
  ffn: {
    kind: "integer",
    min: 1,
    description: "channels inside the feed-forward network",
    alsoCalled: ["intermediate-size", "ffn-dim", "mlp", "hidden-dim"],
    kept: ({ model }: TransformerRun): Kept => model.intermediateSize,
    architecture: "draft",
    field: "intermediateSize",
  },
  dropout: {
    kind: "number",
    min: 0,
    below: 1,
    default: 0,
    description: "fraction of activations dropped while training",
    kept: ({ model }: TransformerRun): Kept => model.dropout,
  },
  initializerRange: {
    kind: "number",
    above: 0,
    description: "standard deviation that the matrices of the blocks start from",
    otherwise: "1 / √(`dim`)",
    alsoCalled: ["init-std", "init-range", "init-scale"],
    kept: ({ model }: TransformerRun): Kept => model.initializerRange,
  },
} as const satisfies RunOptionTable;
