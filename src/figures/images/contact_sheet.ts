/**
 * Many small pictures on one sheet, as SVG.
 *
 * @module
 */
import { Figure } from "../figure.ts";
import { INK, MUTED, PAPER } from "../palette.ts";
import { FIGURE_CLASS, svgHead } from "../svg_head.ts";
import { FONT_FAMILY, textWidth } from "../text_width.ts";
import { escapeXml } from "../xml.ts";
import { enlarged, pngAddress, type Raster } from "./raster.ts";

/** One of the pictures. */
export interface Tile {
  /** The picture. */
  readonly raster: Raster;
  /** Lines of text below it. */
  readonly lines?: readonly string[];
  /** Whether the text says something wrong, and so stands out. */
  readonly isWrong?: boolean;
  /** What is said when the pointer rests on it. */
  readonly hint?: string;
}

/** A row of pictures. */
export interface TileRow {
  /** What stands in front of it; may be empty. */
  readonly label: string;
  /** Its pictures. */
  readonly tiles: readonly Tile[];
}

/** A sheet of pictures. */
export interface ContactSheet extends Pick<Figure, "name" | "title" | "caption"> {
  /** What it is about; it stands under the title. */
  readonly subject: string;
  /** What stands over the columns; may be none. */
  readonly headings: readonly string[];
  /** The rows of pictures. */
  readonly rows: readonly TileRow[];
  /** Height and width of the pictures on the sheet. */
  readonly side: number;
}

const MARGIN = 16;
const GAP = 10;
const TITLE_SIZE = 16;
const TEXT_SIZE = 12;
const LINE = 15;
/** Vermilion: readable on light and dark paper. */
const WRONG = "#d55e00";

/**
 * Draws a sheet.
 *
 * @returns An SVG that looks right on a light and on a dark page, with no reference to anything outside.
 * @throws {WorkError} If the library that encodes the pictures cannot be loaded.
 */
export async function contactSheet(sheet: ContactSheet): Promise<Figure> {
  const { name, title, caption, subject, headings, rows, side } = sheet;
  const labelWidth = Math.max(
    0,
    ...rows.map(({ label }) => Math.ceil(textWidth(label, TEXT_SIZE, true))),
  );
  const left = MARGIN + (labelWidth > 0 ? labelWidth + GAP : 0);
  const columns = Math.max(...rows.map(({ tiles }) => tiles.length));
  const lines = Math.max(
    0,
    ...rows.flatMap(({ tiles }) => tiles.map((tile) => tile.lines?.length ?? 0)),
  );
  const widest = Math.max(
    ...headings.map((heading) => textWidth(heading, TEXT_SIZE, true)),
    ...rows.flatMap(({ tiles }) =>
      tiles.flatMap(({ lines = [] }) => lines.map((line) => textWidth(line, TEXT_SIZE, true)))
    ),
    0,
  );
  const columnWidth = Math.ceil(Math.max(side, widest)) + GAP;
  const rowHeight = side + (lines > 0 ? 4 + lines * LINE : 0) + GAP;
  const top = MARGIN + TITLE_SIZE + 5 + LINE + GAP + (headings.length > 0 ? LINE + 4 : 0);
  const titleWidth = Math.max(
    textWidth(title, TITLE_SIZE, true),
    textWidth(subject, TEXT_SIZE, false),
  );
  const width = Math.ceil(Math.max(left + columns * columnWidth, MARGIN + titleWidth)) + MARGIN;
  const height = top + rows.length * rowHeight + MARGIN - GAP;

  const parts = [
    `<rect width="${width}" height="${height}" fill="${PAPER}"/>`,
    text(title, MARGIN, MARGIN + TITLE_SIZE - 2, { size: TITLE_SIZE, isBold: true }),
    text(subject, MARGIN, MARGIN + TITLE_SIZE + 5 + LINE - 3, { fill: MUTED }),
    ...headings.map((heading, column) =>
      text(heading, left + column * columnWidth, top - 8, { isBold: true })
    ),
  ];
  for (const [index, { label, tiles }] of rows.entries()) {
    const y = top + index * rowHeight;
    if (label !== "") parts.push(text(label, MARGIN, y + side / 2 + 4, { isBold: true }));
    for (const [column, tile] of tiles.entries()) {
      parts.push(await picture(tile, left + column * columnWidth, y, side));
    }
  }
  const svg = `<svg role="img" class="${FIGURE_CLASS}" xmlns="http://www.w3.org/2000/svg" ` +
    `width="${width}" height="${height}" viewBox="0 0 ${width} ${height}">` +
    svgHead(title, caption) + parts.join("") + "</svg>";
  return new Figure({ name, title, caption, svg });
}

async function picture(
  { raster, lines = [], hint, isWrong = false }: Tile,
  x: number,
  y: number,
  side: number,
): Promise<string> {
  // Twice as fine as the sheet, so that a print is sharp and no viewer smooths the pixels.
  const zoom = Math.max(1, Math.round(2 * side / Math.max(raster.height, raster.width)));
  const address = await pngAddress(enlarged(raster, zoom));
  const inside = hint === undefined ? "" : `<title>${escapeXml(hint)}</title>`;
  return `<image x="${x}" y="${y}" width="${side}" height="${side}" href="${address}">${inside}` +
    "</image>" +
    lines.map((line, at) =>
      text(line, x, y + side + (at + 1) * LINE, { isBold: isWrong, fill: isWrong ? WRONG : INK })
    ).join("");
}

function text(
  content: string,
  x: number,
  y: number,
  { size = TEXT_SIZE, isBold = false, fill = INK }: {
    readonly size?: number;
    readonly isBold?: boolean;
    readonly fill?: string;
  },
): string {
  return `<text x="${x}" y="${y}" font-family="${FONT_FAMILY}" font-size="${size}px"` +
    `${isBold ? ' font-weight="bold"' : ""} fill="${fill}">${escapeXml(content)}</text>`;
}
