/**
 * `bench`: how fast a device is, and what of it the kernels reach.
 *
 * @module
 */
import { denoVersion } from "../../host/system.ts";
import config from "../../../deno.json" with { type: "json" };
import { benchDevice } from "../../bench/device_bench.ts";
import { measurePeer } from "../../bench/peer.ts";
import { peerCases } from "../../bench/peer_cases.ts";
import type { BenchReport, DeviceReport } from "../../bench/report.ts";
import { peersText } from "../../bench/report_text.ts";
import { openDevice, requestAdapter } from "../../device/open_device.ts";
import { InputError } from "../../errors.ts";
import type { ParsedFlags } from "../flags/commands.ts";
import type { CommandContext } from "../terminal/context.ts";
import type { Progress } from "../terminal/progress.ts";

/**
 * Runs the command: on the device that is named, else on every one there is (`--quick`: the best); with `--model` only
 * beside another program.
 */
export async function run(
  flags: ParsedFlags<"bench">,
  context: CommandContext,
): Promise<BenchReport> {
  const { quick, model, peer } = flags;
  if (model !== undefined && peer === undefined) {
    throw new InputError(
      `Cannot bench --model ${model} alone: it says which training step --peer compares, add ` +
        "--peer pytorch",
    );
  }
  const devices = model === undefined ? await benchDevices(flags, context) : [];
  const peers = peer === undefined ? [] : await measurePeer(
    peerCases(model, quick),
    quick ? { seconds: 4, rounds: 2 } : { seconds: 20, rounds: 5 },
  );
  for (const line of peersText(peers)) context.print(line);
  return { schema: 1, version: config.version, deno: denoVersion, quick, devices, peers };
}

async function benchDevices(
  flags: ParsedFlags<"bench">,
  context: CommandContext,
): Promise<DeviceReport[]> {
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
  return devices;
}

async function chooseBackends(
  { device, quick }: ParsedFlags<"bench">,
): Promise<readonly ("auto" | "webgpu" | "cpu")[]> {
  if (device !== "auto" || quick) return [device];
  return await requestAdapter() ? ["cpu", "webgpu"] : ["cpu"];
}
