// Why something is disabled, where somebody has said it: the service fills in who did it.

import type { Stamp } from "../api/shapes";

const FILLED_IN = ["", "API"];

/** `: a reason`, or nothing. */
export function becauseOf({ reason = "" }: Stamp): string {
  return FILLED_IN.includes(reason) ? "" : `: ${reason}`;
}
