// What can be done with a file that does not come into its table.

import type { FileRemedy } from "../api/service";
import type { StoredFile } from "../api/shapes";

export function isFailing(file: StoredFile): boolean {
  return file.retryReason !== undefined && (file.state === "closing" || file.state === "importing");
}

export function remediesOf(file: StoredFile): FileRemedy[] {
  if (file.state === "setAside") return ["restore", "discard"];
  return isFailing(file) ? ["retry", "setAside"] : [];
}
