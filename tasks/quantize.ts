import { runTask } from "../src/cli/task.ts";

await runTask("quantize");
