/**
 * Compiles WGSL kernels into pipelines, once per kernel and constants.
 *
 * @module
 */
import { WorkError } from "../../errors.ts";
import type { Dispatch } from "../device.ts";
import { oneLine } from "./errors.ts";
import type { WgslVariant } from "../kernel.ts";
import { selectVariant } from "./variant.ts";
import { joinedSource, numberedSource, placeMessage, variantName } from "./wgsl_text.ts";

/** A pipeline and the layout its bind groups follow. */
export interface Pipeline {
  readonly variant: WgslVariant;
  readonly pipeline: GPUComputePipeline;
  readonly layout: GPUBindGroupLayout;
}

const overridePattern = /^override\s+(\w+)\s*:/gm;

/** Makes and caches pipelines of one device. */
export class PipelineCache {
  readonly #device: GPUDevice;
  readonly #software: boolean;
  readonly #select: typeof selectVariant;
  readonly #layouts = new Map<string, GPUBindGroupLayout>();
  readonly #modules = new Map<WgslVariant, GPUShaderModule>();
  readonly #pipelines = new Map<string, Promise<Pipeline>>();
  created = 0;

  /** @param select Chooses the WGSL of a dispatch. */
  constructor(device: GPUDevice, software: boolean, select: typeof selectVariant = selectVariant) {
    this.#device = device;
    this.#software = software;
    this.#select = select;
  }

  /** The pipeline of a dispatch. */
  get(dispatch: Dispatch): Promise<Pipeline> {
    const variant = this.#select(dispatch, this.#software);
    const signature = `${dispatch.reads.length}r${dispatch.writes.length}w${dispatch.stepBytes}`;
    const key = JSON.stringify([variantName(variant), signature, dispatch.constants]);
    let pipeline = this.#pipelines.get(key);
    if (!pipeline) {
      pipeline = this.#compile(variant, dispatch, signature);
      this.#pipelines.set(key, pipeline);
    }
    return pipeline;
  }

  async #compile(variant: WgslVariant, dispatch: Dispatch, signature: string): Promise<Pipeline> {
    const layout = this.#layout(dispatch, signature);
    const label = variantName(variant);
    const code = joinedSource(variant);
    const constants: Record<string, number> = {};
    for (const [, name] of code.matchAll(overridePattern)) {
      const value = dispatch.constants[name];
      if (value === undefined) {
        throw new WorkError(`Cannot compile kernel ${label}: constant ${name} is missing`);
      }
      constants[name] = value;
    }
    this.#device.pushErrorScope("validation");
    let module = this.#modules.get(variant);
    if (!module) {
      module = this.#device.createShaderModule({ label, code });
      this.#modules.set(variant, module);
    }
    const scope = this.#device.popErrorScope();
    try {
      this.created++;
      const pipeline = await this.#device.createComputePipelineAsync({
        label,
        layout: this.#device.createPipelineLayout({ bindGroupLayouts: [layout] }),
        compute: { module, entryPoint: "main", constants },
      });
      const error = await scope;
      if (error) throw error;
      return { variant, pipeline, layout };
    } catch (error) {
      const invalid = await scope;
      const reason = invalid?.message ?? (error instanceof Error ? error.message : String(error));
      throw new WorkError(
        `Cannot compile kernel ${label} with ${JSON.stringify(constants)}: ${
          oneLine(placeMessage(variant, reason))
        }\n${numberedSource(variant)}`,
      );
    }
  }

  /** Explicit, because automatic layouts drop bindings that a specialized kernel does not use. */
  #layout(dispatch: Dispatch, signature: string): GPUBindGroupLayout {
    let layout = this.#layouts.get(signature);
    if (layout) return layout;
    const types: GPUBufferBindingLayout[] = [
      ...dispatch.reads.map(() => ({ type: "read-only-storage" as const })),
      ...dispatch.writes.map(() => ({ type: "storage" as const })),
    ];
    if (dispatch.stepBytes > 0) {
      types.push({ type: "uniform", minBindingSize: dispatch.stepBytes });
    }
    layout = this.#device.createBindGroupLayout({
      label: signature,
      entries: types.map((buffer, binding) => ({
        binding,
        visibility: GPUShaderStage.COMPUTE,
        buffer,
      })),
    });
    this.#layouts.set(signature, layout);
    return layout;
  }
}
