// The service as a whole: its overview, figures over time, facts and tasks.

import { call, query } from "./call";
import type { Task } from "./shapes";

export interface Rates {
  /** What the figures are of; 0 where nothing is known yet. */
  seconds: number;
  recordsPerSecond: number;
  bytesPerSecond: number;
  rowsPerSecond: number;
  refusedPerSecond: number;
  answerP99Milliseconds: number | null;
}

export interface Waiting {
  rows: number;
  bytes: number;
  oldestAt?: string;
}

export interface ServiceVolume {
  name: string;
  standing: "serving" | "leaving" | "failed" | "unread" | "missing";
  directory?: string;
  isFull?: boolean;
  freeBytes?: number;
  totalBytes?: number;
  reserveBytes?: number;
}

/** Of templates that run in processes of their own; the last two since the start. */
export interface TemplateFigures {
  workers: number;
  waiting: number;
  killed: number;
  workersLost: number;
}

export type FileRemedy = "retry" | "setAside" | "restore" | "discard";

export interface Failing {
  sourceId?: string;
  sinkId?: string;
  /** Absent of volumes and sources. */
  tableId?: string;
  /** The name of a volume that is full or has failed. */
  volume?: string;
  /** `unconfigured`: its target or staging is not in the configuration; no file of it fails. */
  kind: "import" | "upload" | "setAside" | "unconfigured" | "volume" | "source";
  since?: string;
  reason: string;
  waitingRows?: number;
  /** How many of its files fail; `fileId` is the worst. */
  files?: number;
  attempts?: number;
  nextTryAt?: string;
  fileId?: string;
  remedy?: string;
  actions?: FileRemedy[];
}

export interface Overview {
  at: string;
  service: { version: string; startedAt: string; uptimeSeconds: number };
  rates: { now: Rates; hour: Rates };
  levels: Record<"local" | "staging" | "setAside" | "rejects" | "target", Waiting>;
  files: { writing: number; closing: number; importing: number; setAside: number };
  volumes: ServiceVolume[];
  templates: TemplateFigures;
  failing: Failing[];
  failingCount: number;
  /** A sentence, where rows of a volume cannot be counted. */
  uncounted?: string;
  counts: {
    sources: number;
    deletedSources: number;
    sinks: number;
    disabledSinks: number;
    tasksRunning: number;
    loadsOpen: number;
    loadsWaiting: number;
  };
}

/** Columns of figures, one for each end of a step; `null` where there is none. */
export interface Series {
  span: "hour" | "day";
  stepSeconds: number;
  at: number[];
  recordsPerSecond: (number | null)[];
  bytesPerSecond: (number | null)[];
  rowsPerSecond: (number | null)[];
  refusedPerSecond: (number | null)[];
  answerP99Milliseconds: (number | null)[];
}

export interface ServiceOption {
  name: string;
  heading: string;
  value: string;
  isDefault: boolean;
  sentence: string;
}

export interface Facts {
  version: string;
  startedAt: string;
  uptimeSeconds: number;
  apiUrl: string;
  ingestUrl: string;
  dataDir: string;
  adminTokenPlace: string;
  options: ServiceOption[];
  volumes: ServiceVolume[];
  targets: { name: string; type: string }[];
  stagings: { name: string; type: string; isInUse: boolean }[];
}

export type TaskEntry = Task & { sourceId?: string; sinkId?: string };

export async function getOverview(signal?: AbortSignal): Promise<Overview> {
  return call("GET", "/v1/overview", { signal });
}

export async function getSeries(span: "hour" | "day", signal?: AbortSignal): Promise<Series> {
  return call("GET", "/v1/overview/series" + query({ span }), { signal });
}

export async function getFacts(signal?: AbortSignal): Promise<Facts> {
  return call("GET", "/v1/service", { signal });
}

export async function listTasks(status: string, signal?: AbortSignal): Promise<TaskEntry[]> {
  const { tasks } = await call<{ tasks: TaskEntry[] }>(
    "GET", "/v1/tasks" + query({ limit: 100, status }), { signal });
  return tasks;
}
