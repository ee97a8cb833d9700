import { main, taskBaseDirectory } from "../src/cli/main.ts";

Deno.exit(await main(["eval", ...Deno.args], { baseDirectory: taskBaseDirectory() }));
