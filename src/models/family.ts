/**
 * What a family of models states once, for everyone who meets a model without knowing its family.
 *
 * @module
 */
import type { Device } from "../device/device.ts";
import type { Quantization } from "../nn/quantization.ts";
import type { Model, ModelConfig, ModelConfigJson } from "./model.ts";
import type { Network, WeightSource } from "./weights.ts";

/** Facts about something by their names in JSON. */
export type Facts = Readonly<Record<string, string | number | boolean>>;

/**
 * A family of models: one architecture, in all its sizes and quantizations.
 *
 * @typeParam C Its configuration.
 * @typeParam M Its model.
 */
export interface ModelFamily<C extends ModelConfig = ModelConfig, M extends Model = Model> {
  /** What the option `model` calls it. */
  readonly name: string;
  /** What its models do, after "its model", such as `classifies images`. */
  readonly does: string;
  /** What `config.json` calls its architecture, first as it is written. */
  readonly architectures: readonly string[];
  /**
   * Reads a configuration.
   *
   * @param json Content of a `config.json`.
   * @param source Its name, for messages.
   * @throws {InputError} If it is of another architecture, or a field has an impossible value.
   */
  configFromJson(json: unknown, source: string): C;
  /** The model part of a `config.json`. */
  configToJson(config: C): ModelConfigJson;
  /**
   * Checks that a configuration describes a model that can be built.
   *
   * @returns The same configuration.
   * @throws {InputError} If it does not, naming the value and what would fit.
   */
  checkConfig(config: C): C;
  /** The modules of a model, which need no device: what its tensors are called and how large they are. */
  network(config: C): Network;
  /**
   * A model on a device whose parameters are zeros.
   *
   * @param source Makes its weights; default `trainableWeights`.
   * @throws {InputError} If the configuration describes no model that can be built.
   * @throws {WorkError} If the device has no room.
   */
  make(config: C, device: Device, source?: WeightSource): M;
  /** Every quantization within a model, that of the blocks first: what may differ between models of the same weights. */
  quantizations(config: C): readonly Quantization[];
  /** Sizes and whatever else people want to know of a model, in the order in which it is printed. */
  facts(config: C): Facts;
  /** What distinguishes models in a title, such as `4 layers` and `width 128`. */
  traits(config: C): readonly string[];
}
