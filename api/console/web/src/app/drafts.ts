// What was typed and not saved outlives a change of the screen, a sign-in and a reload of the page.
// Kept by the tab (sessionStorage); nothing secret belongs here.

import { useCallback, useEffect } from "react";
import { useKept } from "./useKept";

export interface Draft<T> {
  value: T;
  isChanged: boolean;
  /** The version that the typing began from: what is saved since then is somebody else's. */
  base: number;
  set: (value: T) => void;
  discard: () => void;
  /** The value was saved: it is dropped as soon as the new version is here. */
  wasSaved: () => void;
  /** Goes on typing over another version, knowing it. */
  rebase: (version: number) => void;
}

interface Typed<T> {
  base: number;
  value: T;
  isSaved?: boolean;
}

export function useDraft<T>(key: string, saved: T, version: number): Draft<T> {
  const [kept, setKept] = useKept<Typed<T> | null>(`draft ${key}`);
  const typed = kept ?? undefined;
  const keep = useCallback((next: Typed<T> | undefined) => setKept(next ?? null), [setKept]);

  useEffect(() => {
    if (typed?.isSaved && typed.base !== version) keep(undefined);
  }, [typed, version, keep]);

  const isChanged = typed !== undefined && !typed.isSaved && !isEqual(typed.value, saved);
  useEffect(() => {
    if (!isChanged) return;
    const warn = (event: BeforeUnloadEvent) => event.preventDefault();
    window.addEventListener("beforeunload", warn);
    return () => window.removeEventListener("beforeunload", warn);
  }, [isChanged]);

  return {
    value: typed?.value ?? saved,
    isChanged,
    base: typed && isChanged ? typed.base : version,
    set: (value) => keep({ base: typed && isChanged ? typed.base : version, value }),
    discard: () => keep(undefined),
    wasSaved: () => typed && keep({ ...typed, isSaved: true }),
    rebase: (base) => typed && keep({ ...typed, base }),
  };
}

function isEqual(one: unknown, other: unknown): boolean {
  return JSON.stringify(one) === JSON.stringify(other);
}
