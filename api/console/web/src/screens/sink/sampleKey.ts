import type { SinkPlace } from "../../api/sinks";

/** Under which the event of a sink's playground is kept. */
export function sampleKey(place: SinkPlace): string {
  return `sample ${place.sourceId} ${place.sinkId}`;
}
