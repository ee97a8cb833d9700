/**
 * How every figure looks: the configuration of Vega-Lite.
 *
 * @module
 */
import { GRID, INK, MUTED, PAPER } from "./palette.ts";
import { FONT_FAMILY } from "./text_width.ts";

/** Fonts, colors and lines of all charts. */
export const THEME: Readonly<Record<string, unknown>> = {
  background: PAPER,
  font: FONT_FAMILY,
  padding: 16,
  view: { stroke: null },
  axis: {
    labelColor: INK,
    titleColor: INK,
    labelFontSize: 12,
    titleFontSize: 12.5,
    titleFontWeight: "normal",
    titlePadding: 10,
    labelPadding: 5,
    domainColor: MUTED,
    tickColor: MUTED,
    tickSize: 4,
    gridColor: GRID,
    gridWidth: 0.8,
  },
  axisX: { grid: false, labelFlush: false },
  axisY: { domain: false, ticks: false },
  legend: {
    labelColor: INK,
    titleColor: INK,
    labelFontSize: 12,
    titleFontSize: 12,
    titleFontWeight: "normal",
    labelLimit: 320,
    symbolSize: 80,
    symbolStrokeWidth: 2,
    symbolOpacity: 1,
    rowPadding: 4,
    offset: 16,
  },
  header: {
    labelColor: INK,
    titleColor: INK,
    labelFontSize: 12.5,
    titleFontSize: 12.5,
    titleFontWeight: "normal",
    labelFontWeight: "bold",
  },
  title: {
    anchor: "start",
    frame: "group",
    color: INK,
    fontSize: 16,
    fontWeight: "bold",
    subtitleColor: MUTED,
    subtitleFontSize: 12.5,
    subtitlePadding: 5,
    offset: 16,
  },
  text: { color: INK, fontSize: 11.5 },
  rule: { color: MUTED },
  line: { strokeWidth: 2 },
  point: { strokeWidth: 2, size: 60 },
};
