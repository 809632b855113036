// The newest requests of a source, as they come: the service holds the answer until there is a newer
// one. A page in the background asks no more, and catches up when it is seen again.

import { useEffect, useState, useSyncExternalStore } from "react";
import { Unreachable } from "../api/call";
import { connection } from "../api/connection";
import { listRequests, type RecentRequest } from "../api/requests";

const LIMIT = 100; // of an answer and of what is kept here: alike, so that a full answer leaves no hole
const WAIT = "20s";
const PAUSE_MS = 300; // between answers, however many requests come
const AFTER_FAILURE_MS = 3_000;

export interface Tap {
  /** Newest first; absent until the first answer. */
  requests?: RecentRequest[];
  isRecording: boolean;
  failure?: Error;
}

const NOTHING: Tap = { isRecording: true };

export function useTap(sourceId: string | undefined, status: "all" | "accepted" | "refused" = "all"): Tap {
  const { generation, isSignedOut } = useSyncExternalStore(connection.subscribe, connection.get);
  const [tap, setTap] = useState<Tap>(NOTHING);

  useEffect(() => {
    setTap(NOTHING);
    if (sourceId === undefined || isSignedOut) return;
    let isOver = false;
    const stop = new AbortController();
    let lastId: string | undefined;
    let isRunning = false;

    const run = async () => {
      if (isRunning) return;
      isRunning = true;
      while (!isOver && !document.hidden) {
        try {
          const asked = lastId === undefined
            ? { status, limit: LIMIT }
            : { status, limit: LIMIT, after: lastId, wait: WAIT };
          const { requests, isRecording, lastId: newest } = await listRequests(sourceId, asked, stop.signal);
          lastId = newest;
          if (isOver) break;
          setTap((before) => ({ isRecording, requests: joined(requests, before.requests ?? []) }));
          await pause(isRecording ? PAUSE_MS : AFTER_FAILURE_MS);
        } catch (cause) {
          if (stop.signal.aborted) break;
          const failure = cause instanceof Unreachable ? undefined : (cause as Error);
          setTap((before) => ({ ...before, failure }));
          await pause(AFTER_FAILURE_MS);
        }
      }
      isRunning = false;
    };
    const shown = () => void run();
    document.addEventListener("visibilitychange", shown);
    void run();
    return () => {
      isOver = true;
      stop.abort();
      document.removeEventListener("visibilitychange", shown);
    };
  }, [sourceId, status, generation, isSignedOut]);

  return tap;
}

function joined(newer: RecentRequest[], older: RecentRequest[]): RecentRequest[] {
  const known = new Set(newer.map(({ id }) => id));
  return [...newer, ...older.filter(({ id }) => !known.has(id))].slice(0, LIMIT);
}

function pause(ms: number): Promise<void> {
  return new Promise((resolve) => setTimeout(resolve, ms));
}
