import { useCallback, useEffect, useState, useSyncExternalStore } from "react";
import { ApiFailure, Unreachable } from "../api/call";
import { connection } from "../api/connection";
import { currentSession, signOut, type Session } from "../api/session";
import { Dialog } from "../parts/Dialog";
import { Failure } from "../parts/Failure";
import { LostBanner } from "./LostBanner";
import { SessionContext } from "./SessionContext";
import { Shell } from "./Shell";
import { SignInForm } from "./SignInForm";
import { Welcome } from "./Welcome";

/** Decides between signing in and the screens. Once somebody was in, a session that ends brings a
 * dialog over the screen, which stays as it is. */
export function App() {
  const { isSignedOut, isLost, generation } = useSyncExternalStore(connection.subscribe, connection.get);
  const [session, setSession] = useState<Session>();
  const [isAsked, setAsked] = useState(false);
  const [failure, setFailure] = useState<unknown>();

  useEffect(() => {
    if (session) return;
    currentSession()
      .then(setSession)
      .catch((cause: unknown) => {
        const isUsual = cause instanceof ApiFailure || cause instanceof Unreachable;
        setFailure(isUsual ? undefined : cause);
      })
      .finally(() => setAsked(true));
  }, [generation]); // again when the service is back

  const leave = useCallback(async () => {
    await signOut();
    sessionStorage.clear();
    setSession(undefined);
  }, []);

  if (!session) {
    if (!isAsked) return null;
    return (
      <>
        {isLost && <LostBanner />}
        <Welcome>
          <Failure of={failure} />
          <SignInForm done={setSession} />
        </Welcome>
      </>
    );
  }
  return (
    <SessionContext value={session}>
      {isLost && <LostBanner />}
      <Shell session={session} leave={leave} />
      {isSignedOut && (
        <Dialog title="Sign in again">
          <p>
            The session has ended: it was 12 hours old, its token was deleted, or the service was
            started again. What you typed is still here.
          </p>
          <SignInForm done={setSession} />
        </Dialog>
      )}
    </SessionContext>
  );
}
