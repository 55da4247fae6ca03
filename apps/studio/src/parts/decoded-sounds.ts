import type { NamedFile, Samples } from "../engine/protocol.js";
import { isSound } from "../engine/sample-files.js";

const decoded = new WeakMap<Blob, Map<number, Promise<Blob>>>();

/** Samples whose sounds are one channel of float32 values at their rate: only a page decodes sounds, no worker does. */
export const withSounds = async (samples: Samples): Promise<Samples> => ({
  ...samples,
  files: await Promise.all(
    samples.files.map(async (named) =>
      isSound(named) ? { ...named, file: await decodedAt(named, samples.rate) } : named,
    ),
  ),
});

function decodedAt(named: NamedFile, rate: number): Promise<Blob> {
  const known = decoded.get(named.file) ?? new Map<number, Promise<Blob>>();
  decoded.set(named.file, known);
  const blob = known.get(rate) ?? decode(named, rate);
  known.set(rate, blob);
  return blob;
}

async function decode({ path, file }: NamedFile, rate: number): Promise<Blob> {
  const bytes = await file.arrayBuffer();
  // What it decodes comes at its own rate.
  const context = new OfflineAudioContext(1, 1, rate);
  const sound = await context.decodeAudioData(bytes).catch((error: unknown) => {
    throw new Error(
      `The sound ${path} can't be decoded: ${(error as Error).message || "this browser doesn't know its format"}. Give a .wav, or take it out.`,
    );
  });
  const mono = new Float32Array(sound.length);
  for (let c = 0; c < sound.numberOfChannels; c++) {
    const values = sound.getChannelData(c);
    for (let i = 0; i < mono.length; i++)
      mono[i] = (mono[i] as number) + (values[i] as number) / sound.numberOfChannels;
  }
  return new Blob([mono]);
}
