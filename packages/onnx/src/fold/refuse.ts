/** Thrown inside the evaluator when an operator, or this form of it, is not covered; `evaluate` turns it into undefined. */
export class Refusal extends Error {
  override readonly name = "Refusal";
}

export function refuse(why: string): never {
  throw new Refusal(why);
}
