// One request to the service: the cookie of the session goes with it, and what changes something
// has the CSRF token too. Every failure is an ApiFailure or an Unreachable, nothing else.

import { connection } from "./connection";

/** The service has answered with an error; `message` is its own sentence, with the remedy. */
export class ApiFailure extends Error {
  constructor(
    readonly status: number,
    /** Such as `stream.api.sourceNotFound`. */
    readonly code: string,
    message: string,
    /** The whole answer: some errors have more than a sentence. */
    readonly body: unknown = undefined,
    /** How long to wait before another try, where the service says it. */
    readonly retryAfterSeconds?: number,
  ) {
    super(message);
  }
}

/** No answer: the service is down, or something between does not let the request through. */
export class Unreachable extends Error {
  constructor() {
    super("Millrace does not answer. Nothing you typed is lost: try again when it is back.");
  }
}

export interface CallOptions {
  /** Sent as JSON. */
  json?: unknown;
  /** Sent as it is. */
  text?: string;
  headers?: Record<string, string>;
  /** The version that the change is based on; another one in between is refused. */
  ifMatch?: string;
  signal?: AbortSignal;
}

const CALL_MS_MAX = 90_000; // longer than every ?wait

let csrf = "";
let renew: (() => Promise<void>) | undefined;

/** What changes something is sent with this token. `renewal` asks for it again, as another tab may
 * have signed in anew. */
export function useCsrf(token: string, renewal: () => Promise<void>): void {
  csrf = token;
  renew = renewal;
}

export async function call<T>(method: string, path: string, options: CallOptions = {}): Promise<T> {
  const before = csrf;
  let response = await send(method, path, options);
  if (response.status === 403 && method !== "GET" && renew && path.startsWith("/v1/")) {
    await renew().catch(() => undefined);
    if (csrf !== before) response = await send(method, path, options);
  }
  return read<T>(response, path);
}

async function send(method: string, path: string, options: CallOptions): Promise<Response> {
  const headers: Record<string, string> = { Accept: "application/json", ...options.headers };
  if (options.json !== undefined) headers["Content-Type"] = "application/json";
  if (options.ifMatch) headers["If-Match"] = options.ifMatch;
  if (method !== "GET" && csrf) headers["X-Millrace-CSRF"] = csrf;
  const limit = AbortSignal.timeout(CALL_MS_MAX);
  try {
    return await fetch(path, {
      method,
      headers,
      body: options.json !== undefined ? JSON.stringify(options.json) : options.text,
      credentials: "same-origin",
      redirect: "error",
      signal: options.signal ? AbortSignal.any([options.signal, limit]) : limit,
    });
  } catch (cause) {
    if (options.signal?.aborted) throw cause;
    connection.lost();
    throw new Unreachable();
  }
}

async function read<T>(response: Response, path: string): Promise<T> {
  const text = await response.text().catch(() => "");
  const body = parsed(text);
  if (response.ok) {
    connection.found();
    return body as T;
  }
  const failure = failureOf(response, body);
  // A proxy in front of a service that is down answers with a page of its own.
  if (!failure && [502, 503, 504].includes(response.status)) {
    connection.lost();
    throw new Unreachable();
  }
  connection.found();
  const known =
    failure ?? new ApiFailure(response.status, "", `The service answered ${response.status}.`, body);
  if (isSignedOut(known) && path !== "/console/session") connection.signedOut();
  throw known;
}

function isSignedOut(failure: ApiFailure): boolean {
  return (
    failure.status === 401 ||
    (failure.status === 400 && failure.code === "stream.api.missingField" &&
      /X-StorageApi-Token/i.test(failure.message))
  );
}

function failureOf(response: Response, body: unknown): ApiFailure | undefined {
  if (typeof body !== "object" || body === null || !("message" in body)) return undefined;
  const { message, error } = body as { message?: unknown; error?: unknown };
  const wait = Number(response.headers.get("Retry-After") ?? NaN);
  return new ApiFailure(
    response.status, typeof error === "string" ? error : "", String(message), body, wait > 0 ? wait : undefined);
}

function parsed(text: string): unknown {
  if (text === "") return undefined;
  try {
    return /\d{16}/.test(text) ? JSON.parse(text, exact) : JSON.parse(text);
  } catch {
    return undefined;
  }
}

/** A number with more digits than JavaScript keeps stays a text, where the browser tells the digits. */
function exact(_key: string, value: unknown, context?: { source?: string }): unknown {
  const isInexact = typeof value === "number" && Math.abs(value) > Number.MAX_SAFE_INTEGER;
  return isInexact ? context?.source ?? value : value;
}

/** A path of parts that may have any characters: `path("v1", "tokens", id)`. */
export function path(...parts: (string | number)[]): string {
  return "/" + parts.map((part) => encodeURIComponent(part)).join("/");
}

/** `?a=1&b=2` of what is there, or nothing. */
export function query(fields: Record<string, string | number | boolean | undefined>): string {
  const known = new URLSearchParams();
  for (const [name, value] of Object.entries(fields)) {
    if (value !== undefined && value !== "") known.set(name, String(value));
  }
  const text = known.toString();
  return text === "" ? "" : "?" + text;
}

/** The sentence of a failure, for people. */
export function sentenceOf(failure: unknown): string {
  return failure instanceof Error ? failure.message : String(failure);
}
