/**
 * Figures as PNG.
 *
 * @module
 */
import { readFile } from "../host/files.ts";
import { WorkError } from "../errors.ts";
import { PAPER } from "./palette.ts";

/** The packages: the renderer, and Arimo, a font under the SIL Open Font License. */
const RESVG = "npm:@resvg/resvg-wasm@2.6.2";
const FONT = "npm:@expo-google-fonts/arimo@0.4.3";
const FONT_FILES = ["400Regular/Arimo_400Regular.ttf", "700Bold/Arimo_700Bold.ttf"];
const FONT_NAME = "Arimo";

/** Pixels per unit of the SVG that are sharp in print. */
const PRINT_ZOOM = 2;

/** The parts of the renderer that are used here. */
interface Resvg {
  readonly Resvg: new (svg: string, options: unknown) => {
    render(): { asPng(): Uint8Array; free(): void };
    free(): void;
  };
  initWasm(bytes: Uint8Array): Promise<void>;
}

/**
 * Draws an SVG on white paper.
 *
 * @param svg What `renderSvg` gave.
 * @param zoom Pixels per unit of the SVG.
 * @returns The bytes of a PNG file.
 * @throws {WorkError} If the renderer or the font cannot be had.
 */
export async function renderPng(svg: string, zoom: number = PRINT_ZOOM): Promise<Uint8Array> {
  const { resvg, fonts } = await loadRenderer();
  const figure = new resvg.Resvg(svg, {
    background: PAPER,
    fitTo: { mode: "zoom", value: zoom },
    font: { fontBuffers: fonts, defaultFontFamily: FONT_NAME, sansSerifFamily: FONT_NAME },
  });
  const image = figure.render();
  try {
    return image.asPng();
  } finally {
    image.free();
    figure.free();
  }
}

let renderer: Promise<{ resvg: Resvg; fonts: Uint8Array[] }> | undefined;

/** Computed specifiers keep the packages from being downloaded before a figure is wanted. */
function loadRenderer(): Promise<{ resvg: Resvg; fonts: Uint8Array[] }> {
  return renderer ??= (async () => {
    try {
      const resvg: Resvg = await import(RESVG);
      // Importing any file of a package makes Deno unpack all of them.
      await import(`${FONT}/package.json`, { with: { type: "json" } });
      const read = (specifier: string) => readFile(new URL(import.meta.resolve(specifier)));
      const fonts = await Promise.all(FONT_FILES.map((file) => read(`${FONT}/${file}`)));
      // Last, because it cannot be done again.
      await resvg.initWasm(await read(`${RESVG}/index_bg.wasm`));
      return { resvg, fonts };
    } catch (error) {
      renderer = undefined;
      const [why] = (error instanceof Error ? error.message : String(error)).split("\n");
      throw new WorkError(`Cannot draw PNG figures: ${RESVG} cannot be had (${why})`, {
        cause: error,
      });
    }
  })();
}
