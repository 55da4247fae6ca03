/** What values an option takes: a piece of JSON schema, of the kinds that options need. */
export interface Field {
  /** The name of the type, if it has one of its own. */
  readonly title?: string;
  readonly description?: string;
  /** What it is if nothing is said, as a reader is told. */
  readonly usual?: string;
  readonly type?: "number" | "integer" | "boolean" | "string" | "array" | "object";
  readonly enum?: readonly string[];
  readonly pattern?: string;
  /** What is wrong with a text, or undefined; JSON schema has the pattern alone. */
  readonly fault?: (text: string) => string | undefined;
  readonly minimum?: number;
  readonly maximum?: number;
  readonly exclusiveMaximum?: number;
  readonly exclusiveMinimum?: number;
  readonly items?: Field;
  readonly properties?: Readonly<Record<string, Field>>;
  readonly required?: readonly string[];
  readonly additionalProperties?: Field | false;
  readonly minProperties?: number;
  readonly maxProperties?: number;
  readonly oneOf?: readonly Field[];
}
