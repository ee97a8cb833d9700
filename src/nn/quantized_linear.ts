/**
 * A BitLinear layer with a quantizer of its own in front.
 *
 * @module
 */
import { ActivationQuantizer } from "./activation_quantizer.ts";
import type { RangedModule } from "./activation_ranges.ts";
import { BitLinear, type LinearOptions } from "./linear.ts";
import type { Quantization } from "./quantization.ts";

/**
 * A BitLinear layer and the quantizer of its input, for models whose norms are not all followed by a quantizer.
 */
export class QuantizedLinear extends BitLinear {
  /** Quantizes what the layer is applied to. */
  readonly input: ActivationQuantizer;

  /** A layer of some shape. */
  constructor(options: LinearOptions & { readonly quantization: Quantization }) {
    super(options);
    const name = options.outputs[0].name.replace(/\.weight$/, "");
    this.input = new ActivationQuantizer(name, options.quantization);
  }

  /** The quantizer, if it has a running maximum. */
  rangedModules(): RangedModule[] {
    return this.quantization.activationScheme === "ema_tensor" ? [this.input] : [];
  }
}
