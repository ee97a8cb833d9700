import assert from "node:assert/strict";
import { join } from "node:path";
import { CpuDevice } from "../../src/device/cpu/cpu_device.ts";
import { WorkError } from "../../src/errors.ts";
import { RunDirectory } from "../../src/train/run_directory.ts";
import { runTiny, withFolder } from "./tiny_run.ts";

/** The word in which a worker that dies leaves word of it. */
const FAILED = 3;
/** The loop waits for the device before it evaluates. */
const options = { evalEvery: 5 };

for (
  const [form, reduce] of [
    ["one plan", undefined],
    ["gradients and update apart", () => Promise.resolve()],
  ] as const
) {
  Deno.test(`train, ${form}: when a worker dies, a checkpoint is saved and resumes bit for bit`, async () => {
    await withFolder(async (folder) => {
      const [whole, broken] = [join(folder, "whole"), join(folder, "broken")];
      {
        using device = await CpuDevice.open({ threads: 2 });
        await runTiny({ device, path: whole, options });
      }
      {
        using device = await CpuDevice.open({ threads: 2 });
        const words = new Int32Array(device.memory.memory.buffer, device.control, 8);
        const onStep = ({ step }: { step: number }) => {
          if (step === 5) words[FAILED] = 1;
        };
        await assert.rejects(
          runTiny({ device, path: broken, options, hooks: { onStep, reduce } }),
          (error) =>
            error instanceof WorkError && /worker thread died.*checkpoint of step \d+ was saved$/
              .test(error.message),
        );
      }
      const [checkpoint] = await new RunDirectory(broken).checkpoints();
      assert.equal(checkpoint.step, 5);
      using device = await CpuDevice.open({ threads: 2 });
      await runTiny({ device, path: broken, options, from: checkpoint.path });
      const losses = async (path: string) =>
        (await new RunDirectory(path).metrics())
          .filter(({ split }) => split === "train").map(({ loss }) => loss);
      assert.deepEqual(await losses(broken), await losses(whole));
    });
  });
}
