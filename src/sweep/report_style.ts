/**
 * How a report looks: on screen in light and dark, and on paper.
 *
 * @module
 */
import { DARK, GRID, INK, MUTED, PAPER } from "../figures/palette.ts";

const variables = (of: (color: string) => string) =>
  `--ink:${of(INK)};--muted:${of(MUTED)};--line:${of(GRID)};--paper:${of(PAPER)}`;

/** The style sheet. */
export const REPORT_STYLE: string = `
:root{${variables((color) => color)}}
@media screen and (prefers-color-scheme:dark){:root{${variables((color) => DARK[color])}}}
body{margin:2.5rem auto;max-width:60rem;padding:0 1.25rem;background:var(--paper);color:var(--ink);
font:16px/1.5 system-ui,-apple-system,"Segoe UI",Roboto,Arial,sans-serif}
h1{font-size:1.7rem;margin:0}
h2{font-size:1.2rem;margin:2.5rem 0 .8rem}
.subject{color:var(--muted);margin:.2rem 0 1.6rem}
.note,figcaption{color:var(--muted);font-size:.9rem}
.wide{overflow-x:auto}
table{border-collapse:collapse;font-size:.9rem;font-variant-numeric:tabular-nums}
th,td{padding:.35rem .8rem .35rem 0;text-align:right;border-bottom:1px solid var(--line);
vertical-align:bottom}
th{font-weight:600}
td{white-space:nowrap}
.text{text-align:left}
figure{margin:0 0 2.2rem;break-inside:avoid}
figure svg{max-width:100%;height:auto;display:block}
figcaption{max-width:46rem;padding-left:1rem}
pre{overflow-x:auto;padding:.8rem 1rem;border:1px solid var(--line);border-radius:6px;
font-size:.85rem}
pre code{white-space:pre-wrap}
summary{cursor:pointer;margin-bottom:.5rem}
@media print{body{margin:0;max-width:none}}
`.trim();
