/** Texts of a file as messages show them. */

/** A text that a message can show: at most 40 characters. */
export function shorten(text: string): string {
  return text.length <= 40 ? text : `${text.slice(0, 39)}…`;
}
