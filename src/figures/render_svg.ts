/**
 * Charts as SVG, without a browser.
 *
 * @module
 */
import { WorkError } from "../errors.ts";
import { visible } from "../visible_text.ts";
import type { Drawing } from "./chart.ts";
import { FIGURE_CLASS, svgHead } from "./svg_head.ts";
import { textWidth } from "./text_width.ts";
import { THEME } from "./theme.ts";

/** The packages, at the versions that the charts were looked at with. */
const VEGA = "npm:vega@6.4.0";
const VEGA_LITE = "npm:vega-lite@6.5.0";

/** The parts of Vega that are used here. */
interface Vega {
  readonly View: new (
    runtime: unknown,
    options: { readonly renderer: "none"; readonly logLevel: number },
  ) => { toSVG(): Promise<string>; finalize(): void };
  readonly Error: number;
  readonly textMetrics: { width: (item: TextItem, text: string) => number };
  parse(specification: unknown): unknown;
  logger(level: number): unknown;
  resetSVGDefIds(): void;
}

interface TextItem {
  readonly fontSize?: number;
  readonly fontWeight?: string | number;
}

interface VegaLite {
  compile(
    specification: unknown,
    options: { readonly logger: unknown },
  ): { readonly spec: unknown };
}

/**
 * Draws a chart.
 *
 * @param drawing The chart.
 * @param subject What it is about; it stands under the title.
 * @param name Of the figure: ids in the SVG begin with it, so that several can stand in one document.
 * @returns An SVG that looks right on a light and on a dark page, with no reference to anything outside.
 * @throws {WorkError} If the plotting library cannot be had.
 */
export async function renderSvg(drawing: Drawing, subject: string, name: string): Promise<string> {
  const { vega, vegaLite } = await loadLibrary();
  const title = { text: drawing.title, subtitle: subject };
  const { spec } = vegaLite.compile(
    { ...drawing.specification, title, config: THEME },
    { logger: vega.logger(vega.Error) },
  );
  vega.resetSVGDefIds();
  const view = new vega.View(vega.parse(spec), { renderer: "none", logLevel: vega.Error });
  try {
    // What XML forbids may stand in a label, which the library writes as it is.
    return finish(visible(await view.toSVG()), drawing, name);
  } finally {
    view.finalize();
  }
}

let library: Promise<{ vega: Vega; vegaLite: VegaLite }> | undefined;

/** Computed specifiers keep the packages from being downloaded before a figure is wanted. */
function loadLibrary(): Promise<{ vega: Vega; vegaLite: VegaLite }> {
  return library ??= (async () => {
    try {
      const vega: Vega = await import(VEGA);
      const vegaLite: VegaLite = await import(VEGA_LITE);
      vega.textMetrics.width = ({ fontSize = 11, fontWeight }, text) =>
        textWidth(text, fontSize, fontWeight === "bold" || Number(fontWeight) >= 600);
      return { vega, vegaLite };
    } catch (error) {
      library = undefined;
      const [why] = (error instanceof Error ? error.message : String(error)).split("\n");
      throw new WorkError(`Cannot draw figures: ${VEGA} cannot be had (${why})`, { cause: error });
    }
  })();
}

/** What every figure has in front, and ids that no other figure has. */
function finish(svg: string, { title, caption }: Drawing, name: string): string {
  return svg
    .replace(/^<svg /, '<svg role="img" ')
    .replace(/class="marks"/, `class="${FIGURE_CLASS}"`)
    .replace(/>/, `>${svgHead(title, caption)}`)
    .replaceAll(/\bid="clip/g, `id="${name}-clip`)
    .replaceAll(/url\(#clip/g, `url(#${name}-clip`);
}
