/**
 * Registers the tests of the library's bundle.
 *
 * @module
 */
import { collectTests } from "./registry.ts";

export { runTest, testNames } from "./registry.ts";

await collectTests({ library: () => import("./library.ts") });
