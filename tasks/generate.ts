import { main, taskBaseDirectory } from "../src/cli/main.ts";

Deno.exit(await main(["generate", ...Deno.args], { baseDirectory: taskBaseDirectory() }));
