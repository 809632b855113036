import { useEffect, type ReactNode } from "react";

/** The first page: what this is, and signing in. */
export function Welcome({ children }: { children: ReactNode }) {
  useEffect(() => {
    document.title = "Sign in · Millrace";
  }, []);
  return (
    <main className="welcome">
      <h1>Millrace</h1>
      <p>Events over HTTP become rows in tables. This is the console: see what comes in, find what is wrong, change it.</p>
      {children}
    </main>
  );
}
