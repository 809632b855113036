import type { ReactNode } from "react";
import type { Place } from "../api/branch";
import { turn } from "../api/sources";
import { Action } from "./Action";

/** Disabling, enabling, and in `children` what deletes. */
export function SwitchOffPart({ place, noun, isDisabled, effect, changed, children }: {
  place: Place;
  noun: "source" | "sink";
  isDisabled: boolean;
  /** What it does while it is disabled, a sentence or two. */
  effect: string;
  changed: () => void;
  children: ReactNode;
}) {
  return (
    <section aria-labelledby="off">
      <h2 id="off">Switch off</h2>
      {isDisabled ? (
        <Action kind="main" run={() => turn(place, "enable").then(changed)}>Enable</Action>
      ) : (
        <Action
          run={() => turn(place, "disable").then(changed)}
          ask={{ title: `Disable this ${noun}?`, text: <p>{effect}</p>, yes: "Disable" }}
        >
          Disable
        </Action>
      )}{" "}
      {children}
    </section>
  );
}
