/**
 * What a table holds under a name that a model gives, which may be any text: `constructor` and `__proto__` are names
 * like others, not what every object inherits.
 */
export const ownEntry = <T>(table: Readonly<Record<string, T>>, name: string): T | undefined =>
  Object.hasOwn(table, name) ? table[name] : undefined;
