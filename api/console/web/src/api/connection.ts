// What the page knows of the way to the service: whether it answers, and whether the session holds.
// A store in the form of React's useSyncExternalStore.

export interface ConnectionState {
  isLost: boolean;
  isSignedOut: boolean;
  /** Grows when the service is back or somebody signed in: what is shown is then loaded again. */
  generation: number;
}

const HEALTH_MS = 2_000;

class Connection {
  private state: ConnectionState = { isLost: false, isSignedOut: false, generation: 0 };
  private readonly listeners = new Set<() => void>();
  private timer: number | undefined;

  readonly subscribe = (listener: () => void): (() => void) => {
    this.listeners.add(listener);
    return () => this.listeners.delete(listener);
  };

  readonly get = (): ConnectionState => this.state;

  /** The service did not answer; asks for its health until it does. */
  lost(): void {
    if (!this.state.isLost) this.change({ isLost: true });
    this.timer ??= window.setTimeout(this.askHealth, HEALTH_MS);
  }

  found(): void {
    if (this.state.isLost) this.change({ isLost: false, generation: this.state.generation + 1 });
  }

  signedOut(): void {
    if (!this.state.isSignedOut) this.change({ isSignedOut: true });
  }

  signedIn(): void {
    this.change({ isSignedOut: false, generation: this.state.generation + 1 });
  }

  /** Asks at once instead of at the next turn. */
  readonly askHealth = async (): Promise<void> => {
    window.clearTimeout(this.timer);
    this.timer = undefined;
    if (!this.state.isLost) return;
    try {
      const response = await fetch("/health-check", { signal: AbortSignal.timeout(5_000) });
      if (response.ok) return this.found();
    } catch {
      // as before
    }
    this.timer = window.setTimeout(this.askHealth, HEALTH_MS);
  };

  private change(part: Partial<ConnectionState>): void {
    this.state = { ...this.state, ...part };
    for (const listener of this.listeners) listener();
  }
}

export const connection = new Connection();
