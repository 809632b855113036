// A change of the API is a task. `change` waits for its end: it returns what became of it, or throws
// what the task says went wrong.

import { ApiFailure, call, type CallOptions } from "./call";
import type { Task } from "./shapes";

const WAIT = "10s"; // of one request; a task may take more of them
const POLL_MS = 500;

export async function change(method: string, path: string, options: CallOptions = {}): Promise<Task> {
  const joined = path + (path.includes("?") ? "&" : "?") + "wait=" + WAIT;
  return finished(await call<Task>(method, joined, options));
}

/** Follows a task to its end. */
export async function finished(task: Task): Promise<Task> {
  let seen = task;
  while (!seen.isFinished) {
    await new Promise((resolve) => setTimeout(resolve, POLL_MS));
    seen = await call<Task>("GET", new URL(seen.url, location.origin).pathname);
  }
  if (seen.status === "error") {
    throw new ApiFailure(200, "taskFailed", seen.error ?? "The change failed.", seen);
  }
  return seen;
}
