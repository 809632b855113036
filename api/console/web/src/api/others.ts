// Loads, tokens, tasks, receipts and volumes.

import { inBranch } from "./branch";
import { call, path, query } from "./call";
import type { Load, Page, ReceiptTrace, Token, TokenRole, Volume } from "./shapes";

export async function listLoads(
  options: { afterId?: string; label?: string }, signal?: AbortSignal,
): Promise<{ page: Page; loads: Load[] }> {
  return call("GET", inBranch("loads") + query({ limit: 100, ...options }), { signal });
}

export async function getLoad(loadId: string, signal?: AbortSignal): Promise<Load> {
  return call("GET", inBranch("loads", loadId), { signal });
}

export async function listTokens(signal?: AbortSignal): Promise<Token[]> {
  const { tokens } = await call<{ tokens: Token[]; page: Page }>(
    "GET", "/v1/tokens" + query({ limit: 100 }), { signal });
  return tokens;
}

export async function createToken(
  token: { description: string; role: TokenRole; buckets?: string[] }): Promise<Token> {
  return call("POST", "/v1/tokens", { json: token });
}

export async function deleteToken(id: string): Promise<void> {
  return call("DELETE", path("v1", "tokens", id));
}

export async function findReceipt(receipt: string, wait?: string, signal?: AbortSignal): Promise<ReceiptTrace> {
  return call("GET", inBranch("receipts", receipt) + query({ wait }), { signal });
}

export async function listVolumes(signal?: AbortSignal): Promise<Volume[]> {
  const { volumes } = await call<{ volumes: Volume[] }>("GET", "/v1/volumes", { signal });
  return volumes;
}
