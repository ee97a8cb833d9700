import { main, taskBaseDirectory } from "../src/cli/main.ts";

Deno.exit(await main(["info", ...Deno.args], { baseDirectory: taskBaseDirectory() }));
