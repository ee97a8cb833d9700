/**
 * `bench`: how fast a device is, and what of it the kernels reach.
 *
 * @module
 */
import config from "../../../deno.json" with { type: "json" };
import { benchDevice, medium, small } from "../../bench/device_bench.ts";
import { measurePeer } from "../../bench/peer.ts";
import type { BenchReport, DeviceReport } from "../../bench/report.ts";
import { peersText } from "../../bench/report_text.ts";
import { openDevice, requestAdapter } from "../../device/open_device.ts";
import type { ParsedFlags } from "../commands.ts";
import type { CommandContext } from "../context.ts";
import type { Progress } from "../progress.ts";

/** Runs the command: on the device that is named, else on every one there is (`--quick`: the best). */
export async function run(
  flags: ParsedFlags<"bench">,
  context: CommandContext,
): Promise<BenchReport> {
  const { quick, threads } = flags;
  const devices: DeviceReport[] = [];
  for (const backend of await chooseBackends(flags)) {
    using device = await openDevice({ backend, threads });
    let bar: Progress | undefined;
    devices.push(
      await benchDevice(device, {
        quick,
        onText(lines) {
          for (const line of [...lines, ""]) context.print(line);
        },
        onProgress(done, total, next) {
          bar ??= context.progress(total, "bench", "measurements");
          bar.update(done, next);
        },
      }),
    );
    bar?.[Symbol.dispose]();
  }
  const peers = flags.peer === undefined ? [] : await measurePeer(
    quick
      ? [["small ternary", small]]
      : [["small ternary", small], ["6 layers × 256 ternary", medium]],
    quick ? { seconds: 4, rounds: 2 } : { seconds: 20, rounds: 5 },
  );
  for (const line of peersText(peers)) context.print(line);
  return { schema: 1, version: config.version, deno: Deno.version.deno, quick, devices, peers };
}

async function chooseBackends(
  { device, quick }: ParsedFlags<"bench">,
): Promise<readonly ("auto" | "webgpu" | "cpu")[]> {
  if (device !== "auto" || quick) return [device];
  return await requestAdapter() ? ["cpu", "webgpu"] : ["cpu"];
}
