/** Runs what it is given, at most so many at once; the rest wait in order. */
export type Gate = <Result>(work: () => Promise<Result>) => Promise<Result>;

/** A gate that lets `most` through at once: a zone of 300 records must not open 300 sockets. */
export function gateOf(most: number): Gate {
  const waiting: (() => void)[] = [];
  let inside = 0;
  return async (work) => {
    if (inside >= most) await new Promise<void>((resolve) => waiting.push(resolve));
    else inside++;
    try {
      return await work();
    } finally {
      const next = waiting.shift();
      // Whoever waited longest takes this place over; only with nobody waiting it becomes free.
      if (next === undefined) inside--;
      else next();
    }
  };
}
