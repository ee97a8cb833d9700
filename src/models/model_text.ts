/**
 * A model in a line.
 *
 * @module
 */
import type { Model } from "./model.ts";
import { networkSize } from "./model_size.ts";

/** `LanguageModel: 4 layers of 128, 0.9 M parameters, 1.58-bit weights (absmean), …`. */
export function modelText(model: Model): string {
  const { config, network, device } = model;
  const { weightBits, weightQuantizer, activationBits } = config.quantization;
  const { parameters, packedBytes } = networkSize(network);
  const scheme = weightQuantizer ? ` (${weightQuantizer.name})` : "";
  const sizes = shapeText(config);
  return `${model.constructor.name}: ` + [
    ...(sizes === undefined ? [] : [sizes]),
    `${scaled(parameters, "")} parameters`,
    `${weightBits}-bit weights${scheme}`,
    `${activationBits}-bit activations`,
    `${scaled(packedBytes, "B")} packed`,
    `on ${device.description.backend}`,
  ].join(", ");
}

/** Layers and width, of a configuration that has such. */
function shapeText(config: object): string | undefined {
  if (!("layers" in config && "hiddenSize" in config)) return undefined;
  return `${config.layers} ${config.layers === 1 ? "layer" : "layers"} of ${config.hiddenSize}`;
}

/** Two or three digits and a unit: `0.9 M`, `261 kB`. */
function scaled(value: number, unit: string): string {
  const steps = [[1e9, "G"], [1e6, "M"], [1e3, "k"]] as const;
  const [size, prefix] = steps.find(([size]) => value >= 0.5 * size) ?? [1, ""];
  const digits = value / size;
  const text = digits >= 99.5
    ? digits.toFixed(0)
    : digits >= 0.95
    ? digits.toPrecision(2)
    : digits.toPrecision(1);
  return `${text} ${prefix}${unit}`.trim();
}
