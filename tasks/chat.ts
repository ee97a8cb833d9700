import { main, taskBaseDirectory } from "../src/cli/main.ts";

Deno.exit(await main(["chat", ...Deno.args], { baseDirectory: taskBaseDirectory() }));
