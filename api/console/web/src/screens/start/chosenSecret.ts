// The secret that somebody chose for a new source, to be shown once beside its URL. Kept in memory only:
// it is gone with the page.

const chosen = new Map<string, string>();

export function rememberSecret(sourceId: string, secret: string): void {
  chosen.set(sourceId, secret);
}

export function chosenSecret(sourceId: string): string | undefined {
  return chosen.get(sourceId);
}

/** 40 characters that nobody guesses. */
export function newSecret(): string {
  const bytes = crypto.getRandomValues(new Uint8Array(20));
  return Array.from(bytes, (byte) => byte.toString(16).padStart(2, "0")).join("");
}
