/**
 * The loader of Vulkan drivers.
 *
 * @module
 */

import { isLinux } from "./system.ts";

/** Mesa prints two lines about XDG_RUNTIME_DIR at every start unless it is set. */
export function quietVulkanLoader(): void {
  const name = "XDG_RUNTIME_DIR";
  // Asked first, because setting a variable without permission would stop a program with a question.
  const { state } = Deno.permissions.querySync({ name: "env", variable: name });
  if (!isLinux || state !== "granted" || Deno.env.get(name)) return;
  Deno.env.set(name, "/tmp");
}
