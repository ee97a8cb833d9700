/**
 * What the program may do.
 *
 * @module
 */

/** Whether a file may be read, found out without the prompt that trying would bring. */
export function mayRead(path: string): boolean {
  return Deno.permissions.querySync({ name: "read", path }).state === "granted";
}

/** Kinds of permissions. */
const KINDS = ["read", "write", "net", "env", "sys", "run", "ffi", "import"] as const;

/**
 * What `deno run` is given to start a program that may do what this one may. Of what was granted for some paths only, those
 * below the folder it stands in are passed on: which others there are, nobody can ask.
 */
export function grantedFlags(): string[] {
  const states = KINDS.map((name) => {
    const { state, partial } = Deno.permissions.querySync({ name } as Deno.PermissionDescriptor);
    return { name, isWhole: state === "granted" && !partial };
  });
  if (states.every(({ isWhole }) => isWhole)) return ["--allow-all"];
  const folder = Deno.cwd();
  return states.flatMap(({ name, isWhole }) => {
    if (isWhole) return [`--allow-${name}`];
    if (name !== "read" && name !== "write") return [];
    const { state } = Deno.permissions.querySync({ name, path: folder });
    return state === "granted" ? [`--allow-${name}=${folder}`] : [];
  });
}
