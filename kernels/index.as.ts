// Everything the CPU device calls, AssemblyScript. One line per kernel.
export { reset, run } from "./run.as";
export { add } from "./add.as";
