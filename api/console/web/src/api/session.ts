// Signing in and out. The token is sent once; afterwards the browser has a cookie that no script
// can read.

import { call, useCsrf } from "./call";
import { connection } from "./connection";

export interface Session {
  role: "admin" | "readonly" | "load";
  /** Of the token. */
  description: string;
  csrf: string;
  expiresAt: string;
}

export async function signIn(token: string): Promise<Session> {
  return opened(await call<Session>("POST", "/console/session", { json: { token } }));
}

/** The session that the browser has, if it has one. */
export async function currentSession(): Promise<Session> {
  return opened(await call<Session>("GET", "/console/session"));
}

export async function signOut(): Promise<void> {
  await call("DELETE", "/console/session");
}

function opened(session: Session): Session {
  useCsrf(session.csrf, async () => void (await currentSession()));
  if (connection.get().isSignedOut) connection.signedIn();
  return session;
}
