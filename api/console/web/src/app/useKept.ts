// A value that a tab keeps over changes of the screen; nothing that has to be saved.

import { useCallback, useState } from "react";

export function useKept<T>(key: string): [T | undefined, (value: T) => void] {
  const [value, setValue] = useState<T | undefined>(() => read<T>(key));
  const set = useCallback((next: T) => {
    setValue(next);
    keep(key, next);
  }, [key]);
  return [value, set];
}

export function keep(key: string, value: unknown): void {
  try {
    sessionStorage.setItem(key, JSON.stringify(value));
  } catch {
    sessionStorage.removeItem(key); // larger than a browser keeps
  }
}

function read<T>(key: string): T | undefined {
  const text = sessionStorage.getItem(key);
  if (text === null) return undefined;
  try {
    return JSON.parse(text) as T;
  } catch {
    return undefined;
  }
}
