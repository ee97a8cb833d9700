/**
 * WebGPU reports errors late and silently; here they are caught, kept and thrown.
 *
 * @module
 */
import { WorkError } from "../../errors.ts";

/** Remembers the first error of a GPU device until someone can throw it. */
export class ErrorWatch {
  #error: Error | undefined;
  #disposed = false;

  constructor(device: GPUDevice) {
    device.addEventListener("uncapturederror", (event) => {
      event.preventDefault();
      const message = event instanceof GPUUncapturedErrorEvent
        ? event.error.message
        : "unknown error";
      this.keep(new WorkError(`Cannot run on the GPU: ${oneLine(message)}`));
    });
    device.lost.then(({ reason, message }) => {
      // Destroying the device ourselves is not a loss.
      if (this.#disposed) return;
      this.keep(
        new WorkError(
          `Cannot continue on the GPU: the device was lost (${reason || "unknown reason"}` +
            `${
              message ? `: ${oneLine(message)}` : ""
            }); start again, a run from its last checkpoint`,
        ),
      );
    });
  }

  /** Keeps an error unless an earlier one waits. */
  keep(error: Error): void {
    this.#error ??= error;
  }

  /** Throws what was kept. */
  check(): void {
    const error = this.#error;
    if (error) throw error;
  }

  /** From here on a lost device is expected. */
  dispose(): void {
    this.#disposed = true;
  }
}

/** Collapses a multi-line driver message. */
export function oneLine(message: string): string {
  return message.replaceAll(/\s+/g, " ").trim();
}
