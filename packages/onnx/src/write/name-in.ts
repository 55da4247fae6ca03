import { eachField, payload, type Span, string } from "../wire.js";

/** The name that a message holds in this field. */
export function nameIn(bytes: Uint8Array, span: Span, number: number): string {
  let name = "";
  eachField(bytes, span, "message", (field) => {
    if (field.number === number && field.type === 2) name = string(bytes, payload(field));
  });
  return name;
}
