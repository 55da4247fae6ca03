import { RuntimeError, type Session } from "@prune/runtime-ort";
import { perplexityOn } from "@prune/runtime-ort/advanced";
import type { Samples } from "@prune/samples";
import { expect, test } from "vitest";

test("perplexity of samples that are no text is refused", async () => {
  const images = { text: undefined, count: 1 } as Partial<Samples> as Samples;
  const found = perplexityOn({} as Session, images);
  await expect(found).rejects.toSatisfy((error) => RuntimeError.is(error, "not-text"));
});
