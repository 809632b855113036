// Loads what a part of a screen shows, again when it changes, and every so often while the page is
// seen: a page in the background asks nothing.

import { useCallback, useEffect, useRef, useState, useSyncExternalStore } from "react";
import { Unreachable } from "../api/call";
import { connection } from "../api/connection";

export interface Loaded<T> {
  /** The newest that came, also while the service does not answer. */
  value?: T;
  /** Of the newest attempt, if it failed. */
  failure?: Error;
  reload: () => void;
}

/** `key` names what is loaded: when it changes, what was there is forgotten. */
export function useLoad<T>(
  key: string, load: (signal: AbortSignal) => Promise<T>, everyMs?: number,
): Loaded<T> {
  const { generation, isSignedOut } = useSyncExternalStore(connection.subscribe, connection.get);
  const [turn, setTurn] = useState(0);
  const [seen, setSeen] = useState<{ key: string; value?: T; failure?: Error }>({ key });
  const latest = useRef(load);
  latest.current = load;

  useEffect(() => {
    if (isSignedOut) return;
    const stop = new AbortController();
    let timer: number | undefined;

    const again = () => {
      if (everyMs !== undefined && !stop.signal.aborted) timer = window.setTimeout(run, everyMs);
    };
    const run = async () => {
      if (document.hidden) return; // `shown` goes on
      try {
        const value = await latest.current(stop.signal);
        if (!stop.signal.aborted) setSeen({ key, value });
      } catch (cause) {
        if (stop.signal.aborted) return;
        const failure = cause instanceof Error ? cause : new Error(String(cause));
        setSeen((before) => ({ key, value: before.key === key ? before.value : undefined, failure }));
      }
      again();
    };
    const shown = () => {
      if (document.hidden || everyMs === undefined) return;
      window.clearTimeout(timer);
      void run();
    };
    document.addEventListener("visibilitychange", shown);
    void run();
    return () => {
      stop.abort();
      window.clearTimeout(timer);
      document.removeEventListener("visibilitychange", shown);
    };
  }, [key, everyMs, turn, generation, isSignedOut]);

  const reload = useCallback(() => setTurn((before) => before + 1), []);
  const current = seen.key === key ? seen : { key };
  // The banner says that the service does not answer; every part of the page need not say it too.
  const failure = current.failure instanceof Unreachable ? undefined : current.failure;
  return { value: current.value, failure, reload };
}
