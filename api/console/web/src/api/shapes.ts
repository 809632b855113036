// What the REST API sends and takes, as openapi/openapi.yaml has it. Only fields that a screen reads
// are here; times are texts in UTC.

export interface By {
  tokenDesc: string;
  userName: string;
}

export interface Stamp {
  at: string;
  by: By;
  reason?: string;
}

export interface Version {
  number: number;
  hash: string;
  description: string;
  at: string;
  by: By;
}

export interface Page {
  limit: number;
  totalCount: number;
  afterId: string;
  lastId: string;
}

export type SourceType = "http" | "kafka" | "otlp";

export interface HttpPart {
  url: string;
  verification?: "none" | "signature";
  preset?: string;
  signature?: { secretsCount: number; header?: string };
  previousUrlUntil?: string;
}

export interface OtlpPart {
  url: string;
  baseUrl: string;
  secret: string;
  previousUrlUntil?: string;
}

export interface KafkaPartition {
  partition: number;
  nextOffset?: number;
  lag?: number;
  messages?: number;
  lost?: number;
}

export interface KafkaStatus {
  state: "starting" | "reading" | "waiting" | "paused" | "disabled" | "failed";
  reason?: string;
  since: string;
  /** Null: it is not known yet. */
  lag: number | null;
  messagesPerSecond: number;
  partitions: KafkaPartition[];
  gaps: Record<string, unknown>[];
}

export interface KafkaPart {
  brokers: string;
  topic: string;
  format?: string;
  startFrom?: string;
  paused?: boolean;
  status?: KafkaStatus;
}

export interface Source {
  sourceId: string;
  type: SourceType;
  name: string;
  description: string;
  http?: HttpPart;
  otlp?: OtlpPart;
  kafka?: KafkaPart;
  version: Version;
  created: Stamp;
  deleted?: Stamp;
  disabled?: Stamp;
}

export type ColumnType =
  | "path" | "json" | "uuid" | "id" | "datetime" | "ip" | "body" | "headers" | "template" | "header"
  | "query" | "eventId" | "kafkaKey" | "kafkaTopic" | "kafkaPartition" | "kafkaOffset"
  | "kafkaTimestamp" | "kafkaHeader";

export type PlainDataType =
  | "STRING" | "INTEGER" | "DECIMAL" | "DOUBLE" | "BOOLEAN" | "DATE" | "TIMESTAMP" | "JSON";

export type DataType = PlainDataType | { type: "TIMESTAMP"; from: string };

export interface Column {
  type: ColumnType;
  name: string;
  primaryKey?: boolean;
  dataType?: DataType;
  path?: string;
  defaultValue?: string;
  rawString?: boolean;
  header?: string;
  parameter?: string;
  template?: { language: "jsonnet"; content: string };
  engine?: string;
  engineReason?: string;
}

export interface Table {
  type: "keboola" | "default";
  target?: string;
  tableId: string;
  mapping: { columns: Column[] };
}

export interface Sink {
  sourceId: string;
  sinkId: string;
  name: string;
  description: string;
  allowedSignals?: string[];
  table: Table;
  version: Version;
  created: Stamp;
  deleted?: Stamp;
  disabled?: Stamp;
}

export type SettingValue = string | number | boolean | null;

export interface Setting {
  key: string;
  type: "bool" | "int" | "string";
  description: string;
  value: string | number | boolean;
  defaultValue: string | number | boolean;
  overwritten: boolean;
  origin: "default" | "node" | "source" | "sink";
  protected: boolean;
  validation?: string;
}

export interface Level {
  firstRecordAt?: string;
  lastRecordAt?: string;
  recordsCount: number;
  compressedSize: number;
  uncompressedSize: number;
}

export type LevelName = "local" | "staging" | "target" | "setAside" | "discarded";

export interface Statistics {
  total: Level;
  levels: Partial<Record<LevelName, Level>>;
}

export interface StoredFile {
  fileId: string;
  state: "writing" | "closing" | "importing" | "imported" | "setAside" | "discarded";
  openedAt: string;
  importedAt?: string;
  setAsideAt?: string;
  setAsideReason?: string;
  retryAttempt?: number;
  retryReason?: string;
  retryAfter?: string;
  /** Rows that the table has refused; they are among the rejects. */
  refusedRows?: number;
  statistics: Statistics;
}

export interface Slice {
  sliceId: string;
  state: "writing" | "closing" | "uploading" | "uploaded" | "imported" | "discarded";
  volume: string;
  recordsCount: number;
  uncompressedSize: number;
  staging?: string;
  /** The file fails for it, so it may be set aside alone. */
  isFailing: boolean;
  retryReason?: string;
}

/** A record that could not be mapped, or a row that the database of its table has refused. */
export interface Reject {
  rejectId: string;
  arrivedAt: string;
  /** `null`: it stays until somebody retries or deletes it. */
  expiresAt: string | null;
  error: string;
  message: string;
  // Of a record:
  column?: string;
  clientIp?: string;
  contentType?: string;
  headers?: Record<string, string>;
  body?: string;
  bodyBase64?: string;
  // Of a row:
  tableId?: string;
  operation?: string;
  values?: Record<string, string | null>;
  valuesBase64?: Record<string, string>;
}

export interface Rejects {
  size: number;
  page: Page;
  rejects: Reject[];
}

export interface Ledger {
  accepted: number;
  local: number;
  staging: number;
  target: number;
  setAside: number;
  discarded: number;
  keptRejects: number;
  lost: number;
  sinceStart: { received: number; refused: number; duplicate: number };
}

export type Cell = string | number | boolean | null;

export interface Rows {
  tableId: string;
  page: { limit: number; next?: string; totalCount?: number; isTotalCut?: boolean };
  columns: string[];
  rows: Record<string, Cell>[];
}

export interface Load {
  loadId: string;
  label: string;
  tableId: string;
  target: string;
  volume: string;
  state: "open" | "written" | "prepared" | "committed" | "aborted";
  operationState: string;
  isImported: boolean;
  rows: number;
  bytes: number;
  filteredRows: number;
  begunAt: string;
  endedAt?: string;
  setAside?: boolean;
  discarded?: boolean;
  reason?: string;
  info?: unknown;
  /** A line for each row that was left out, with the reason; not in lists. */
  errorLog?: string;
}

export type TokenRole = "admin" | "readonly" | "load";

export interface Token {
  id: string;
  description: string;
  role: TokenRole;
  buckets?: string[];
  created: Stamp;
  token?: string;
}

export interface Task {
  taskId: string;
  type: string;
  url: string;
  status: "processing" | "success" | "error";
  isFinished: boolean;
  createdAt: string;
  finishedAt?: string;
  duration?: number;
  result?: string;
  error?: string;
  outputs?: { sourceId: string; sinkId?: string };
}

export interface ReceiptSink {
  sourceId?: string;
  sinkId?: string;
  state:
    | "memory" | "local" | "staging" | "setAside" | "target" | "discarded" | "deleted" | "rejected"
    | "lost" | "unknown";
  fileId?: string;
  keptRejects?: boolean;
  refused?: boolean;
}

export interface ReceiptTrace {
  receipt: string;
  ack: "disk" | "cache" | "memory";
  arrivedAt: string;
  volume?: string;
  done: boolean;
  sinks: ReceiptSink[];
}

export interface Volume {
  name: string;
  state: "active" | "retired" | "lost";
  standing?: "serving" | "leaving" | "failed" | "unread" | "missing";
  directory?: string;
}
