/**
 * Modules that the runtime comes with. They are started when something of theirs is first called, not when they are
 * imported: `node:crypto` alone takes as long to start as an empty program.
 *
 * @module
 */

interface BuiltinModules {
  "node:crypto": typeof import("node:crypto");
  "node:path": typeof import("node:path");
  "node:url": typeof import("node:url");
  "node:util": typeof import("node:util");
}

/** A module of the runtime, started if it was not. */
export function builtinModule<N extends keyof BuiltinModules>(name: N): BuiltinModules[N] {
  return globalThis.process.getBuiltinModule(name) as BuiltinModules[N];
}
