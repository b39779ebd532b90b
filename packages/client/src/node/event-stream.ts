import type { ClientEvent } from "../client-event.ts";

/** The events of a licence: for `for await`, or a listener. An iteration begins with the next event and ends at close. */
export interface LicenseEvents extends AsyncIterable<ClientEvent> {
  /** Returns what ends the listening. A listener that throws is the application's own affair and stops nothing. */
  on(listener: (event: ClientEvent) => void): () => void;
}

/** The writing end. */
export interface EventStream extends LicenseEvents {
  push(event: ClientEvent): void;
  end(): void;
}

const MOST_WAITING = 1_000;

/** A reader that does not keep up loses the oldest events: the file has them all. */
export function eventStream(): EventStream {
  const listeners = new Set<(event: ClientEvent) => void>();
  const readers = new Set<Reader>();
  let ended = false;
  return {
    on(listener) {
      listeners.add(listener);
      return () => listeners.delete(listener);
    },
    push(event) {
      for (const reader of readers) reader.push(event);
      for (const listener of listeners) callSafely(listener, event);
    },
    end() {
      ended = true;
      for (const reader of readers) reader.end();
    },
    [Symbol.asyncIterator]() {
      const reader = makeReader(() => readers.delete(reader));
      if (ended) reader.end();
      else readers.add(reader);
      return reader;
    },
  };
}

interface Reader extends AsyncIterator<ClientEvent> {
  push(event: ClientEvent): void;
  end(): void;
}

function makeReader(onReturn: () => void): Reader {
  const waiting: ClientEvent[] = [];
  const asked: ((result: IteratorResult<ClientEvent>) => void)[] = [];
  let ended = false;
  const done = { done: true, value: undefined } as const;
  const end = () => {
    ended = true;
    for (const resolve of asked.splice(0)) resolve(done);
    onReturn();
  };
  return {
    push(event) {
      const resolve = asked.shift();
      if (resolve !== undefined) return resolve({ done: false, value: event });
      waiting.push(event);
      if (waiting.length > MOST_WAITING) waiting.shift();
    },
    end,
    next() {
      const value = waiting.shift();
      if (value !== undefined) return Promise.resolve({ done: false, value });
      return ended ? Promise.resolve(done) : new Promise((resolve) => asked.push(resolve));
    },
    async return() {
      end();
      return done;
    },
  };
}

function callSafely(listener: (event: ClientEvent) => void, event: ClientEvent): void {
  try {
    listener(event);
  } catch (error) {
    // Thrown again outside our own work, so that the application sees it and the licence does not.
    queueMicrotask(() => {
      throw error;
    });
  }
}
