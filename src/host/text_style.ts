/**
 * Colors and weights of text on a terminal.
 *
 * @module
 */

export { styleText } from "node:util";
