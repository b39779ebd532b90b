/** Runs the works given to it one after the other, in the order of the calls, whether they succeed or fail. */
export function inTurn(): <T>(work: () => Promise<T>) => Promise<T> {
  let last: Promise<unknown> = Promise.resolve();
  return (work) => {
    const next = last.then(work, work);
    // The chain goes on after a failure; the failure itself reaches the caller through `next`.
    last = next.catch(() => undefined);
    return next;
  };
}
