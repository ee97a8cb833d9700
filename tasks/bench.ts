import { main, taskBaseDirectory } from "../src/cli/main.ts";

Deno.exit(await main(["bench", ...Deno.args], { baseDirectory: taskBaseDirectory() }));
