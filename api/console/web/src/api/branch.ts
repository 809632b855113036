// Everything of a project is in a branch; the console shows the one that is configured.

import { path } from "./call";

export function inBranch(...parts: (string | number)[]): string {
  return path("v1", "branches", "default", ...parts);
}

/** Where a source, or one of its sinks, is. */
export interface Place {
  sourceId: string;
  sinkId?: string;
}

export function at(place: Place, ...parts: (string | number)[]): string {
  const sink = place.sinkId === undefined ? [] : ["sinks", place.sinkId];
  return inBranch("sources", place.sourceId, ...sink, ...parts);
}
