/**
 * The text of a variant: its own file first, so that the compiler's line numbers are its own, then its parts.
 *
 * @module
 */
import type { WgslFile, WgslVariant } from "../kernel.ts";

const filesOf = ({ file, source, parts = [] }: WgslVariant): WgslFile[] => [
  { file, source },
  ...parts,
];

const linesOf = ({ source }: WgslFile): string[] => source.trimEnd().split("\n");

/** What tells a variant from others: its file and the first of its parts. */
export function variantName({ file, parts }: WgslVariant): string {
  return parts?.length ? `${file} + ${parts[0].file.split("/").at(-1)}` : file;
}

/** The files one after another, a line between them. */
export function joinedSource(variant: WgslVariant): string {
  return filesOf(variant).map((file) => linesOf(file).join("\n") + "\n").join("\n");
}

/** A compiler's message with file and line in place of the line in the joined text: `wgsl:3:17` or `:3:17`. */
export function placeMessage(variant: WgslVariant, message: string): string {
  return message.replaceAll(/(?:\bwgsl)?:(\d+):(\d+)\b/g, (place, line, column) => {
    let rest = Number(line);
    for (const file of filesOf(variant)) {
      const count = linesOf(file).length;
      if (rest <= count) return `${file.file}:${rest}:${column}`;
      rest -= count + 1;
    }
    return place;
  });
}

/** The files with numbered lines; a heading names each where there are several. */
export function numberedSource(variant: WgslVariant): string {
  const files = filesOf(variant);
  return files.flatMap((file) => {
    const lines = linesOf(file).map((line, i) => `${String(i + 1).padStart(4)} ${line}`);
    return files.length > 1 ? [`${file.file}:`, ...lines] : lines;
  }).join("\n");
}
