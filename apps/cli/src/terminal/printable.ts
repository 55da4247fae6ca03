/** The longest word that a note shows whole: names come from files, and some hold megabytes. */
const longest = 400;

const hostile =
  // biome-ignore lint/suspicious/noControlCharactersInRegex: finding them is what this is for
  /\u001b\[[\d;]*m|[\u0000-\u0008\u000b-\u001f\u007f-\u009f\u200e\u200f\u202a-\u202e\u2066-\u2069]/g;

/**
 * Text as a terminal may have it. Names in files may hold escape codes, which would move the cursor or forge a line:
 * control characters are written as numbers; colours stay where the text has some of its own.
 */
export const printable = (text: string, { colours = false }: { readonly colours?: boolean } = {}): string =>
  text.replace(hostile, (found) => (colours && found.length > 1 ? found : escaped(found)));

/** The same with words cut that have no end. */
export const cut = (text: string): string =>
  text.replace(/\S{401,}/g, (word) => `${word.slice(0, longest)}...`);

const escaped = (text: string): string =>
  Array.from(text, (character) => {
    const code = character.charCodeAt(0);
    return code < 32 || code > 126 ? `\\u${code.toString(16).padStart(4, "0")}` : character;
  }).join("");
