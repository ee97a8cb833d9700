import { compareOnWordParts } from "../src/cli/bpe_run.ts";
import { runProgram } from "../src/cli/task.ts";

await runProgram(compareOnWordParts);
