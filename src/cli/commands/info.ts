/**
 * `info`: what a run, a model directory, a data set or the device is.
 *
 * @module
 */
import { join } from "node:path";
import { openDevice } from "../../device/open_device.ts";
import { openSafetensors } from "../../files/safetensors.ts";
import { readModelConfig, WEIGHTS_FILE } from "../../models/model_directory.ts";
import { modelSize } from "../../models/model_size.ts";
import type { TextConfig } from "../../models/text/config.ts";
import { tokenCount, type VitConfig } from "../../models/vit/config.ts";
import type { ParsedFlags } from "../flags/commands.ts";
import type { CommandContext } from "../terminal/context.ts";
import { describeData, listData } from "../runs/describe_data.ts";
import { type Facts, printFacts } from "../terminal/facts.ts";

/** Runs the command: about `--data`, about `--run`, else about the device. */
export async function run(
  flags: ParsedFlags<"info">,
  context: CommandContext,
): Promise<unknown> {
  if (flags.data === true) return listData(context);
  if (flags.data !== undefined) return await describeData(flags.data, context);
  const facts = flags.run !== undefined
    ? await describeModel(flags.run)
    : await describeDevice(flags);
  if (!context.json) printFacts(facts, context);
  return facts;
}

async function describeModel(directory: string): Promise<Facts> {
  const config = await readModelConfig(directory);
  using file = await openSafetensors(join(directory, WEIGHTS_FILE));
  const { parameters, quantizedParameters, floatBytes, packedBytes } = modelSize(config);
  const { weightBits, weightQuantizer, weightGranularity } = config.quantization;
  const { activationBits, activationScheme } = config.quantization;
  return {
    path: directory,
    layers: config.layers,
    width: config.hiddenSize,
    heads: config.heads,
    ..."labels" in config ? imageFacts(config) : textFacts(config),
    weight_bits: weightBits,
    weight_scheme: weightQuantizer?.name ?? "none",
    weight_granularity: weightGranularity,
    activation_bits: activationBits,
    activation_scheme: activationScheme ?? "none",
    tensors: file.names.length,
    parameters,
    quantized_parameters: quantizedParameters,
    mean_bits_per_parameter: Number((packedBytes * 8 / parameters).toFixed(3)),
    float_bytes: floatBytes,
    packed_bytes: packedBytes,
  };
}

/** What only a language model has. */
function textFacts(config: TextConfig): Facts {
  return {
    key_value_heads: config.keyValueHeads,
    feed_forward: config.intermediateSize,
    context: config.maxPositions,
    vocabulary: config.vocabSize,
  };
}

/** What only an image model has. */
function imageFacts(config: VitConfig): Facts {
  const { tokenizer, embedQuantization, headQuantization } = config;
  return {
    feed_forward: config.intermediateSize,
    image_size: config.imageSize,
    channels: config.channels,
    ...tokenizer.kind === "patch"
      ? { patch: tokenizer.patchSize }
      : { conv_layers: tokenizer.layers, conv_channels: tokenizer.channels },
    pooling: config.pooling,
    tokens: tokenCount(config),
    classes: config.labels.length,
    embed_bits: embedQuantization.weightBits,
    head_bits: headQuantization.weightBits,
  };
}

async function describeDevice({ device: backend, threads }: ParsedFlags<"info">): Promise<Facts> {
  using device = await openDevice({ backend, threads });
  const { name, software, maxBufferBytes, maxBindingBytes } = device.description;
  return {
    backend: device.description.backend,
    name,
    software,
    max_buffer_bytes: maxBufferBytes,
    max_binding_bytes: maxBindingBytes,
  };
}
