// The requests that came to a source not long ago, the refused ones too.

import { at } from "./branch";
import { call, query } from "./call";

export type RequestStatus = "accepted" | "partly" | "kept" | "refused" | "failed" | "duplicate";

export interface RequestHeader {
  name: string;
  value: string;
  isMasked?: boolean;
}

export interface RequestSink {
  sinkId: string;
  status: RequestStatus;
  accepted: number;
  rejected: number;
  kept: number;
  problems: { line?: number; record?: number; error: string; message: string }[];
}

export interface RecentRequest {
  /** Digits; a newer request has a greater one. */
  id: string;
  at: string;
  status: RequestStatus;
  statusCode?: number;
  error?: string;
  message?: string;
  clientIp: string;
  contentType: string;
  query?: string;
  headers: RequestHeader[];
  bodyBytes: number;
  body?: string;
  bodyBase64?: string;
  isBodyCut?: boolean;
  /** The body is shown to tokens of administrators only. */
  isBodyHidden?: boolean;
  records: number;
  accepted: number;
  kept: number;
  receipt?: string;
  sinks: RequestSink[];
}

export interface RecentRequests {
  isRecording: boolean;
  lastId: string;
  requests: RecentRequest[];
}

export async function listRequests(
  sourceId: string,
  options: { status?: "all" | "accepted" | "refused"; limit?: number; after?: string; wait?: string } = {},
  signal?: AbortSignal,
): Promise<RecentRequests> {
  return call("GET", at({ sourceId }, "requests") + query(options), { signal });
}
