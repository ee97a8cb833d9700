/**
 * `bench`: how fast a device is, and what of it the kernels reach.
 *
 * @module
 */
import config from "../../../deno.json" with { type: "json" };
import { benchDevice } from "../../bench/device_bench.ts";
import type { BenchReport } from "../../bench/report.ts";
import { openDevice } from "../../device/open_device.ts";
import type { ParsedFlags } from "../commands.ts";
import type { CommandContext } from "../context.ts";
import type { Progress } from "../progress.ts";

/** Runs the command. */
export async function run(
  flags: ParsedFlags<"bench">,
  context: CommandContext,
): Promise<BenchReport> {
  using device = await openDevice({ backend: flags.device });
  let bar: Progress | undefined;
  const report = await benchDevice(device, {
    quick: flags.quick,
    onText(lines) {
      for (const line of [...lines, ""]) context.print(line);
    },
    onProgress(done, total, next) {
      bar ??= context.progress(total, "bench", "measurements");
      bar.update(done, next);
    },
  });
  bar?.[Symbol.dispose]();
  return {
    schema: 1,
    version: config.version,
    deno: Deno.version.deno,
    quick: flags.quick,
    devices: [report],
  };
}
