/**
 * What every figure begins with: its title, a text for those who cannot see it, and its dark colors.
 *
 * @module
 */
import { DARK } from "./palette.ts";
import { escapeXml } from "./xml.ts";

/** The class that the dark colors are for. */
export const FIGURE_CLASS = "bittext-figure";

/** The first elements of an SVG of {@link FIGURE_CLASS}. */
export function svgHead(title: string, caption: string): string {
  return `<title>${escapeXml(title)}</title><desc>${escapeXml(caption)}</desc>` +
    `<style>${darkStyle()}</style>`;
}

function darkStyle(): string {
  const rules = Object.entries(DARK).flatMap(([light, dark]) =>
    ["fill", "stroke"].map((part) => `.${FIGURE_CLASS} [${part}="${light}"]{${part}:${dark}}`)
  );
  return `@media screen and (prefers-color-scheme:dark){${rules.join("")}}`;
}
