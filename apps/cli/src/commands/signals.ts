/** Aborts with SIGINT or SIGTERM; a second one ends the process, as it would without this. */
export function signalOfProcess(): AbortSignal {
  const ends = new AbortController();
  for (const name of ["SIGINT", "SIGTERM"] as const) process.once(name, () => ends.abort());
  return ends.signal;
}
