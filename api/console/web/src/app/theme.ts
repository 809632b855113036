// Light or dark: as the system has it, unless somebody chose.

export type Theme = "auto" | "light" | "dark";

const KEY = "millrace.theme";
const system = window.matchMedia("(prefers-color-scheme: dark)");
const listeners = new Set<() => void>();

function chosen(): Theme {
  const kept = localStorage.getItem(KEY);
  return kept === "light" || kept === "dark" ? kept : "auto";
}

function apply(): void {
  document.documentElement.dataset.theme = isDark() ? "dark" : "light";
  for (const listener of listeners) listener();
}

function isDark(): boolean {
  return chosen() === "auto" ? system.matches : chosen() === "dark";
}

export const theme = {
  chosen,
  isDark,
  choose(value: Theme): void {
    localStorage.setItem(KEY, value);
    apply();
  },
  subscribe(listener: () => void): () => void {
    listeners.add(listener);
    return () => listeners.delete(listener);
  },
  start(): void {
    system.addEventListener("change", apply);
    apply();
  },
};
