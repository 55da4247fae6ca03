/** Characters that steer terminals and the direction of text. */
const isControl = (code: number): boolean =>
  (code < 32 && code !== 9 && code !== 10) ||
  (code >= 127 && code < 160) ||
  (code >= 0x202a && code <= 0x202e) ||
  (code >= 0x2066 && code <= 0x2069);

/** Text for HTML; control characters, which a model's names may have, are shown as they are coded. */
export function escaped(text: string): string {
  let out = "";
  for (const character of text) {
    const code = character.charCodeAt(0);
    if (isControl(code)) out += `\\u${code.toString(16).padStart(4, "0")}`;
    else out += /[&<>"']/.test(character) ? `&#${code};` : character;
  }
  return out;
}
