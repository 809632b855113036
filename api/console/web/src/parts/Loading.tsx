import type { ReactNode } from "react";
import type { Loaded } from "../app/useLoad";
import { Failure } from "./Failure";

/** Shows what was loaded, or that it is on its way, or why it is not here. */
export function Loading<T>({ of, children }: { of: Loaded<T>; children: (value: T) => ReactNode }) {
  return (
    <>
      <Failure of={of.failure} retry={of.reload} />
      {of.value !== undefined && children(of.value)}
      {of.value === undefined && !of.failure && <p className="quiet" role="status">Loading …</p>}
    </>
  );
}
