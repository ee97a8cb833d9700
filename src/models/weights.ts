/**
 * Where the weights of a model come from.
 *
 * A model is a network, which says what parameters there are and how they are used, and a source that holds them on a
 * device. {@link TrainingMemory} is one source: latent weights, gradients, optimizer state. Another may keep nothing but
 * codes and scales, or take one part of the network from here and another from there.
 *
 * @module
 */
import type { BufferSpec, Device, Plan } from "../device/device.ts";
import type { RangedModule } from "../nn/activation_ranges.ts";
import type { TracedWeights } from "../nn/trace.ts";
import type { QuantizedWeight } from "../nn/weight_image.ts";
import type { BufferSet, CompiledPlan } from "../tensor/compiled_plan.ts";
import type { Parameter } from "../tensor/parameter.ts";
import type { RunningMaxima } from "./running_maxima.ts";
import type { TrainingMemory } from "./training_memory.ts";
import type { TensorCodes } from "./tensor_codes.ts";

/** A tree of modules. */
export interface Network {
  /** Every parameter, in the order of the state dict. */
  readonly parameters: readonly Parameter[];
  /** The weights that are quantized before each step. */
  readonly quantizedWeights: readonly QuantizedWeight[];
  /** The modules whose output is quantized to a running maximum, in the order in which they run. */
  readonly rangedModules: readonly RangedModule[];
}

/** The weights of a network on a device. Dispose them when done. */
export interface Weights extends TracedWeights, Disposable {
  /** Where they lie. */
  readonly device: Device;
  /** What they are the weights of. */
  readonly network: Network;
  /** τ of the weights that are rounded by a threshold, by the name of their matrix in the state dict. */
  readonly thresholds: { readonly values: ReadonlyMap<string, number> };
  /** Maxima of the activations that are quantized to such. */
  readonly runningMaxima: RunningMaxima;
  /** What they take on the device, in bytes, once everything that belongs to them is allocated. */
  readonly byteLength: number;
  /**
   * The buffers that hold a spec, if it is one of these weights; undefined if it is not, so that a source can be made of
   * others.
   */
  buffersOf(spec: BufferSpec): BufferSet | undefined;
  /**
   * Compiles a plan over these weights; what else it needs is its own. It is disposed with them at the latest.
   *
   * @throws {WorkError} If the device has no room or a kernel does not compile.
   */
  compile(plan: Plan): Promise<CompiledPlan>;
  /** Renews the codes after the values they are made of changed; nothing where they do not change. */
  refresh(): Promise<void>;
  /**
   * Latent weights with room for gradients and optimizer state, in memory of their own unless these are such. They are
   * fetched from where the weights came from.
   *
   * @throws {InputError} If there are none, or they cannot be read.
   * @throws {WorkError} If the device has no room.
   */
  latents(): Promise<TrainingMemory>;
  /** Reads codes and scales of each quantized tensor back, as the last plan that renewed them left them. */
  readCodes(): AsyncGenerator<TensorCodes>;
}

/** Makes the weights of a network on a device. */
export type WeightSource = (device: Device, network: Network) => Weights;
