/**
 * Runs a program for `deno task`.
 *
 * @module
 */
import { programArguments } from "../host/arguments.ts";
import { environmentVariable } from "../host/environment.ts";
import { changeFolder, exit } from "../host/process.ts";
import { main } from "./main.ts";

/** Runs a command in the folder the task was started in, and exits. */
export async function runTask(command: string): Promise<never> {
  return await runProgram((args) => main([command, ...args]));
}

/**
 * Runs a program in the folder the task was started in, and exits. `deno task` itself runs in the folder
 * of `deno.json`, where a user's relative paths would mean something else.
 *
 * @param program Given the arguments, ends with the exit code.
 */
export async function runProgram(
  program: (args: readonly string[]) => Promise<number>,
): Promise<never> {
  const startedIn = environmentVariable("INIT_CWD");
  if (startedIn !== undefined) changeFolder(startedIn);
  exit(await program(programArguments));
}
