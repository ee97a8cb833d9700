import { compareOnWordParts } from "../src/cli/families/text/bpe_run.ts";
import { runProgram } from "../src/cli/task.ts";

await runProgram(compareOnWordParts);
