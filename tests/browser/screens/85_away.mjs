// The service goes away under an open page: a banner, what was typed stays, and after signing in again it is saved.

import assert from "node:assert/strict";

export const title = "a restart and a deleted token under an open page";

const SOURCES = "/v1/branches/default/sources";

export async function walk(visit) {
  await visit.api("POST", SOURCES, { type: "http", name: "Away" });
  const page = await visit.signedIn("/console/#/sources/away?show=manage");
  await page.getByLabel("Description").fill("typed before the restart");
  visit.expectErrors("ERR_CONNECTION_REFUSED", "ERR_CONNECTION_RESET", "ERR_EMPTY_RESPONSE", "Failed to fetch", "401");
  await visit.stopService();
  await page.getByRole("button", { name: "Save", exact: true }).click();
  await page.getByText("Millrace does not answer. What you see").waitFor();
  await visit.accessible(page, "the page of a service that is away");
  await visit.shot(page, "1-away");

  await visit.startService();
  const dialog = page.getByRole("dialog", { name: "Sign in again" });
  await dialog.waitFor({ timeout: 60_000 });
  await visit.accessible(page, "signing in again");
  await visit.shot(page, "2-again");
  await dialog.getByLabel("Token", { exact: true }).fill(visit.token);
  await page.keyboard.press("Enter");
  await dialog.waitFor({ state: "detached" });
  assert.equal(await page.getByLabel("Description").inputValue(), "typed before the restart");
  await page.getByRole("button", { name: "Save", exact: true }).click();
  await page.getByText("Saved.").waitFor();
  const source = await visit.api("GET", `${SOURCES}/away`);
  assert.equal(source.description, "typed before the restart");

  const made = await visit.api("POST", "/v1/tokens", { description: "Soon gone", role: "admin" });
  const other = await visit.signedIn("/console/#/tokens", { token: made.token });
  await other.getByText("Soon gone").first().waitFor();
  await visit.api("DELETE", `/v1/tokens/${made.id}`);
  await other.getByRole("link", { name: "Tasks" }).click();
  await other.getByRole("dialog", { name: "Sign in again" }).waitFor();
}
