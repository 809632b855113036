import { createContext, useContext } from "react";
import type { Session } from "../api/session";

export const SessionContext = createContext<Session | undefined>(undefined);

/** Whether the token of the session may change things; a read-only one sees everything. */
export function useMayChange(): boolean {
  return useContext(SessionContext)?.role === "admin";
}
