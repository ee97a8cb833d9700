import { main, taskBaseDirectory } from "../src/cli/main.ts";

Deno.exit(await main(["train", ...Deno.args], { baseDirectory: taskBaseDirectory() }));
