/**
 * Charts and pictures as SVG and PNG, with the data they show.
 *
 * @module
 */
export * from "../figures/chart.ts";
export * from "../figures/charts.ts";
export * from "../figures/draw.ts";
export * from "../figures/figure_data.ts";
export * from "../figures/images/across_widths.ts";
export * from "../figures/images/attention_maps.ts";
export * from "../figures/images/draw_images.ts";
export * from "../figures/images/model_pictures.ts";
export * from "../figures/render_png.ts";
export * from "../figures/render_svg.ts";
export * from "../figures/figure.ts";
