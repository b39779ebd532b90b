/** Carries steps out one after the other: all products of a publisher write one store. */
export class SerialQueue {
  #last: Promise<unknown> = Promise.resolve();

  /** Resolves as the step does, after every step that was given before it has ended. */
  run<T>(step: () => Promise<T>): Promise<T> {
    const result = this.#last.then(step, step);
    this.#last = result.catch(() => undefined);
    return result;
  }
}
