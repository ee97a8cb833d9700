/**
 * Runs a command for `deno task`.
 *
 * @module
 */
import { environmentVariable } from "../files/environment.ts";
import { main } from "./main.ts";

/**
 * Runs a command in the folder the task was started in, and exits. `deno task` itself runs in the folder
 * of `deno.json`, where a user's relative paths would mean something else.
 */
export async function runTask(command: string): Promise<never> {
  const startedIn = environmentVariable("INIT_CWD");
  if (startedIn !== undefined) Deno.chdir(startedIn);
  Deno.exit(await main([command, ...Deno.args]));
}
