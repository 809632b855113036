// Durations and sizes in the words of settings: `1m30s`, `5MB`.

const DURATION_MS: Record<string, number> = { ms: 1, s: 1000, m: 60_000, h: 3_600_000 };
const SIZE_BYTES: Record<string, number> = {
  B: 1, KB: 1024, MB: 1024 ** 2, GB: 1024 ** 3, TB: 1024 ** 4,
};

/** Milliseconds of `1m30s`. */
export function durationMs(text: string): number {
  let sum = 0;
  for (const [, number, unit] of text.matchAll(/([\d.]+)(ms|s|m|h)/g)) {
    sum += Number(number) * (DURATION_MS[unit!] ?? 0);
  }
  return sum;
}

export function durationText(ms: number): string {
  let rest = Math.round(ms / 1000);
  let text = "";
  for (const [unit, size] of [["h", 3600], ["m", 60], ["s", 1]] as const) {
    const part = Math.floor(rest / size);
    rest -= part * size;
    if (part > 0) text += `${part}${unit}`;
  }
  return text === "" ? "0s" : text;
}

export function sizeBytes(text: string): number {
  const found = /^\s*([\d.]+)\s*([KMGT]?B)?\s*$/i.exec(text);
  if (!found) return 0;
  return Number(found[1]) * (SIZE_BYTES[(found[2] ?? "B").toUpperCase()] ?? 1);
}

export function sizeText(bytes: number): string {
  for (const unit of ["GB", "MB", "KB"]) {
    const size = SIZE_BYTES[unit]!;
    if (bytes >= size && bytes % size === 0) return `${bytes / size}${unit}`;
  }
  return `${Math.round(bytes)}B`;
}
