/**
 * Text from files and models as it can be shown: control characters would move the cursor, change colors, or make one
 * text look like another.
 *
 * @module
 */

/** All controls but tab and new line, marks that turn the direction of writing, and halves of characters. */
const UNSHOWN = /\r\n|(?![\n\t])\p{Cc}|\p{Bidi_Control}|[\ufff9-\ufffb]/gu;

/** First of the pictures that Unicode has of the controls. */
const PICTURES = 0x2400;
const PICTURE_OF_DELETE = "\u2421";

/**
 * A text with a symbol for each character that must not reach a terminal: `␛` for escape, `\\u202e` for a mark that
 * turns the direction, `�` for half a character. New lines and tabs stay.
 */
export function visible(text: string): string {
  return text.toWellFormed().replace(UNSHOWN, (character) => {
    if (character === "\r\n") return "\n";
    const code = character.charCodeAt(0);
    if (code < 0x20) return String.fromCharCode(PICTURES + code);
    if (code === 0x7f) return PICTURE_OF_DELETE;
    return `\\u${code.toString(16).padStart(4, "0")}`;
  });
}
