/**
 * A device that counts its memory.
 *
 * @module
 */
import type { Device } from "../src/device/device.ts";

/** A device, and what is allocated on it. */
export interface CountedDevice {
  readonly device: Device;
  /** Most bytes that were allocated at a time. */
  readonly peak: () => number;
  /** Bytes that are allocated now. */
  readonly now: () => number;
}

/** Counts what is allocated on a device, which it does not dispose. */
export function countedDevice(device: Device): CountedDevice {
  let [now, peak] = [0, 0];
  const counting: Device = {
    ...{ description: device.description, counters: device.counters },
    allocate(spec) {
      const buffer = device.allocate(spec);
      peak = Math.max(peak, now += spec.byteLength);
      return Object.assign(buffer, {
        [Symbol.dispose]: () => {
          now -= spec.byteLength;
          Object.getPrototypeOf(buffer)[Symbol.dispose].call(buffer);
        },
      });
    },
    write: (...args) => device.write(...args),
    read: (...args) => device.read(...args),
    synchronize: () => device.synchronize(),
    async compile(plan, buffers) {
      // The device allocates the slots itself.
      const slots = plan.slots.reduce((sum, { byteLength }) => sum + byteLength, 0);
      peak = Math.max(peak, now += slots);
      const executable = await device.compile(plan, buffers);
      return {
        plan,
        run: (step) => executable.run(step),
        profile: (step) => executable.profile(step),
        [Symbol.dispose]() {
          now -= slots;
          executable[Symbol.dispose]();
        },
      };
    },
    [Symbol.dispose]() {},
  };
  return { device: counting, peak: () => peak, now: () => now };
}
