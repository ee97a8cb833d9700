/**
 * The result of a benchmark: what `bench --json` prints, for comparison between machines and versions.
 *
 * Times are in milliseconds unless the name says otherwise, rates in 10⁹ per second, shares fractions of a
 * measured ceiling.
 *
 * @module
 */
import type { Clock } from "./measure.ts";

/** What `bench --json` prints. */
export interface BenchReport {
  /** Changes whenever a field changes its meaning. */
  readonly schema: 1;
  /** Version of this program. */
  readonly version: string;
  /** Version of Deno. */
  readonly deno: string;
  /** Whether sizes and repetitions were reduced. */
  readonly quick: boolean;
  readonly devices: readonly DeviceReport[];
  /** The training step beside another program's; empty without `--peer`. */
  readonly peers: readonly PeerReport[];
}

/** Median time of a training step. */
export interface PeerTime {
  readonly threads: number;
  readonly ms: number;
}

/** The training step of one model here, on the CPU device, and in PyTorch, in turns. */
export interface PeerReport {
  readonly name: string;
  readonly peer: string;
  readonly rounds: number;
  readonly bittext: readonly PeerTime[];
  readonly pytorch: readonly PeerTime[];
  /** Best time of PyTorch over best time here: how many times as fast this is. */
  readonly ratio: number;
}

/** Everything measured on one device. */
export interface DeviceReport {
  readonly backend: string;
  readonly name: string;
  /** Whether the GPU is emulated on the processor. */
  readonly software: boolean;
  /** `timestamps`: `ms` is a median over `repeats`; `replays`: one of the means of replays; `wall`: their mean. */
  readonly clock: Clock;
  readonly ceilings: CeilingsReport;
  /** Matrix products, of floats and of codes. */
  readonly matmul: readonly KernelReport[];
  /** Every other kernel. */
  readonly kernels: readonly KernelReport[];
  readonly training: readonly TrainingReport[];
  readonly generation: GenerationReport;
}

/** The measured limits of a device. */
export interface CeilingsReport {
  /** Float32 operations of multiply-adds in registers; a multiply-add is two. */
  readonly fma_gflops: number;
  /** Bytes read and written by a copy. */
  readonly copy_gb_per_s: number;
  /** How many those were, together. */
  readonly copy_bytes: number;
  readonly repeats: number;
}

/** One kernel, or the kernels that are parts of one op, in one use: all dispatches in it, together. */
export interface KernelReport {
  readonly kernel: string;
  /** The op, and which form or part of it. */
  readonly use: string;
  /** Shape of what it works on; of products M×N×K. */
  readonly size: string;
  readonly ms: number;
  readonly repeats: number;
  /** Operations; integer ones where codes are multiplied. */
  readonly flops: number;
  /** Bytes that have to be read and written at least. */
  readonly bytes: number;
  readonly gflops: number;
  readonly fma_share: number;
  readonly gb_per_s: number;
  /**
   * Operands come from memory, as those of the copy do, except on an emulated GPU. Near 1 is the most for a kernel that
   * reads as much as it writes; one that only writes also fetches what it overwrites, one that only reads does not.
   */
  readonly copy_share: number;
}

/** The optimizer step of one model. */
export interface TrainingReport {
  readonly name: string;
  readonly weight_bits: number;
  readonly activation_bits: number;
  readonly layers: number;
  readonly dim: number;
  readonly ffn: number;
  readonly heads: number;
  readonly vocabulary: number;
  readonly context: number;
  readonly batch: number;
  readonly parameters: number;
  /** Median over `batches` of the wall time of `steps_per_batch` steps without waiting between them. */
  readonly ms_per_step: number;
  readonly batches: number;
  readonly steps_per_batch: number;
  /** The same on one thread; null where threads are not ours to choose, on a GPU. */
  readonly one_thread_ms_per_step: number | null;
  readonly tokens_per_second: number;
  readonly dispatches: DispatchCounts;
  /**
   * Median time to write the inputs and enqueue a step, per dispatch, with nothing in the queue; null where
   * issuing is doing, as on the CPU device.
   */
  readonly issue_us_per_dispatch: number | null;
  /** Objects created during the measured steps; all 0 in a steady state. */
  readonly created: {
    readonly steps: number;
    readonly buffers: number;
    readonly bind_groups: number;
    readonly pipelines: number;
  };
  /** Memory of the plan: intermediate values, and what outlives the step; and of the whole process. */
  readonly memory: {
    readonly slots_bytes: number;
    readonly state_bytes: number;
    readonly process_bytes: number;
  };
  /** Where a step spends its time, most first; empty without timestamps. */
  readonly kernels: readonly KernelShare[];
}

/** Dispatches of a training step. */
export interface DispatchCounts {
  readonly step: number;
  readonly block_forward: number;
  readonly block_backward: number;
  /** What is not in a block: embedding, head, loss, quantization of all weights, optimizer. */
  readonly rest: number;
}

/** All dispatches of one kernel in a step. */
export interface KernelShare {
  readonly kernel: string;
  readonly dispatches: number;
  readonly ms: number;
  /** Fraction of the sum over all kernels. */
  readonly share: number;
}

/** Sampling text. */
export interface GenerationReport {
  readonly context: number;
  readonly tokens: number;
  readonly tokens_per_second: number;
}
