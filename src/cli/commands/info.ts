/**
 * `info`: what a run, a model directory, a data set or the device is.
 *
 * @module
 */
import { openDevice } from "../../device/open_device.ts";
import {
  openModelTensors,
  readModelConfig,
  readModelFamily,
} from "../../models/model_directory.ts";
import { modelSize } from "../../models/model_size.ts";
import type { ParsedFlags } from "../flags/commands.ts";
import type { CommandContext } from "../terminal/context.ts";
import { describeData, listData } from "../runs/describe_data.ts";
import { factLines } from "../../runs/fact_lines.ts";
import type { Facts } from "../../models/family.ts";

/** Runs the command: about `--data`, about `--run`, else about the device. */
export async function run(
  flags: ParsedFlags<"info">,
  context: CommandContext,
): Promise<unknown> {
  if (flags.data === true) return await listData(context);
  if (flags.data !== undefined) return await describeData(flags.data, context);
  const facts = flags.run !== undefined
    ? await describeModel(flags.run)
    : await describeDevice(flags);
  if (!context.json) { for (const line of factLines(facts)) context.print(line); }
  return facts;
}

async function describeModel(directory: string): Promise<Facts> {
  const family = await readModelFamily(directory);
  const config = await readModelConfig(directory, family);
  using file = await openModelTensors(directory);
  const { parameters, quantizedParameters, floatBytes, packedBytes } = modelSize(family, config);
  const { weightBits, weightQuantizer, weightGranularity } = config.quantization;
  const { activationBits, activationScheme } = config.quantization;
  return {
    path: directory,
    ...family.facts(config),
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
