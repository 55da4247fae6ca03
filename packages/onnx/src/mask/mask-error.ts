/** A tensor that can't be masked, and why: the cut may be right, but this proof of it can't be made. */
export class MaskError extends Error {
  override readonly name = "MaskError";
  readonly code = "unmaskable";
  readonly tensor: string;

  constructor(tensor: string, why: string) {
    super(`Can't mask "${tensor}": ${why}. Leave what it belongs to whole, or compare the models on data.`);
    this.tensor = tensor;
  }
}
