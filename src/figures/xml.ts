/**
 * Text in XML and HTML.
 *
 * @module
 */

/** Text for the content or an attribute of an XML or HTML element. */
export function escapeXml(text: string): string {
  return text.replaceAll("&", "&amp;").replaceAll("<", "&lt;").replaceAll(">", "&gt;")
    .replaceAll('"', "&quot;");
}
