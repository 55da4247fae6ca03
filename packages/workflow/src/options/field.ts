/** A piece of JSON schema, of the kinds that a configuration needs. */
export interface Field {
  readonly description?: string;
  readonly type?: "number" | "integer" | "boolean" | "string" | "array" | "object";
  readonly enum?: readonly string[];
  readonly pattern?: string;
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
