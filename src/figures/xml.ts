/**
 * Text in XML and HTML.
 *
 * @module
 */

import { visible } from "../visible_text.ts";

/** Text for the content or an attribute of an XML or HTML element; what XML forbids is shown as symbols. */
export function escapeXml(text: string): string {
  return visible(text).replaceAll("&", "&amp;").replaceAll("<", "&lt;").replaceAll(">", "&gt;")
    .replaceAll('"', "&quot;");
}
