/** Seconds ahead that are worth a word. */
const worthwhile = 10;

/** Says how many layers are recovered, and about how long the others will take. */
export function layersDone(
  now: () => number = () => performance.now(),
): (done: number, total: number) => string {
  const start = now();
  return (done, total) => {
    const left = (((now() - start) / 1000) * (total - done)) / done;
    return `recovering: ${done} of ${total} layers${left < worthwhile ? "" : `, about ${lasting(left)} left`}`;
  };
}

const lasting = (seconds: number): string =>
  seconds < 90 ? `${Math.ceil(seconds / 10) * 10} s` : `${Math.ceil(seconds / 60)} min`;
