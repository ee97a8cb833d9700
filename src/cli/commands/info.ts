/**
 * `info`: what a run, a model directory, a data set or the device is.
 *
 * @module
 */
import { join } from "node:path";
import { loadTextDataset, textDatasets } from "../../data/datasets.ts";
import { openDevice } from "../../device/open_device.ts";
import { readSafetensors } from "../../files/safetensors.ts";
import { CONFIG_FILE, readJson, WEIGHTS_FILE } from "../../models/model_directory.ts";
import { modelSize } from "../../models/model_size.ts";
import { textConfigFromJson } from "../../models/text_config.ts";
import type { ParsedFlags } from "../commands.ts";
import type { CommandContext } from "../context.ts";

type Facts = Readonly<Record<string, string | number | boolean>>;

/** Runs the command: about `--data`, about `--run`, else about the device. */
export async function run(
  flags: ParsedFlags<"info">,
  context: CommandContext,
): Promise<unknown> {
  if (flags.data === true) return listData(context);
  const facts = flags.data !== undefined
    ? await describeData(flags.data, context)
    : flags.run !== undefined
    ? await describeModel(flags.run)
    : await describeDevice(flags);
  if (!context.json) {
    const width = Math.max(...Object.keys(facts).map((name) => name.length));
    for (const [name, value] of Object.entries(facts)) {
      const shown = typeof value === "number" ? value.toLocaleString("en") : String(value);
      context.print(`${name.replaceAll("_", " ").padEnd(width)}  ${shown}`);
    }
  }
  return facts;
}

function listData(context: CommandContext): unknown {
  const list = textDatasets.map(({ name, summary, license }) => ({ name, summary, license }));
  if (!context.json) {
    const width = Math.max(...list.map(({ name }) => name.length));
    for (const { name, summary, license } of list) {
      context.print(`${name.padEnd(width)}  ${summary} (${license})`);
    }
    context.print(`${"PATH".padEnd(width)}  a UTF-8 text file, or a folder of them`);
  }
  return list;
}

async function describeData(spec: string, context: CommandContext): Promise<Facts> {
  const { canonicalName, text, source, license, sha256 } = await loadTextDataset(spec, {
    onNotice: context.note,
  });
  const characters = [...text];
  return {
    name: canonicalName,
    source,
    license,
    sha256,
    bytes: new TextEncoder().encode(text).length,
    characters: characters.length,
    distinct_characters: new Set(characters).size,
  };
}

async function describeModel(directory: string): Promise<Facts> {
  const configPath = join(directory, CONFIG_FILE);
  const config = textConfigFromJson(await readJson(configPath), configPath);
  const { tensors } = await readSafetensors(join(directory, WEIGHTS_FILE));
  const { parameters, quantizedParameters, floatBytes, packedBytes } = modelSize(config);
  const { weightBits, weightQuantizer, activationBits } = config.quantization;
  return {
    path: directory,
    layers: config.layers,
    width: config.hiddenSize,
    heads: config.heads,
    key_value_heads: config.keyValueHeads,
    feed_forward: config.intermediateSize,
    context: config.maxPositions,
    vocabulary: config.vocabSize,
    weight_bits: weightBits,
    weight_scheme: weightQuantizer?.name ?? "none",
    activation_bits: activationBits,
    tensors: tensors.size,
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
