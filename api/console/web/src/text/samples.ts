// Which requests can stand for the events of a source.

import type { SampleEvent } from "../api/playground";
import type { RecentRequest } from "../api/requests";
import { indented } from "./indented";

export const CUT_BODY = "Only its first 4 KB are kept: paste the event here.";

/** What only a mapping refused is of the sender; what else was refused may be of anybody. */
export function isOfSender({ status, sinks }: RecentRequest): boolean {
  return (status !== "refused" && status !== "failed") || sinks.length > 0;
}

export function isSample(request: RecentRequest): boolean {
  return isOfSender(request) && Boolean(request.body) && !request.isBodyCut;
}

export function isCutSample(request: RecentRequest): boolean {
  return isOfSender(request) && request.isBodyCut === true;
}

export function eventOf(request: RecentRequest): SampleEvent {
  return {
    body: request.contentType.includes("json") ? indented(request.body ?? "") : request.body,
    contentType: request.contentType || undefined,
    query: request.query,
    clientIp: request.clientIp || undefined,
    headers: request.headers.filter(({ isMasked }) => !isMasked).map(({ name, value }) => ({ name, value })),
  };
}
