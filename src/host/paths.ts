/**
 * Paths as this system writes them.
 *
 * @module
 */

export {
  basename,
  dirname,
  isAbsolute,
  join,
  matchesGlob,
  normalize,
  relative,
  resolve,
  sep,
} from "node:path";
