// A read-only token sees every screen and can change nothing.

import assert from "node:assert/strict";

export const title = "a read-only token sees and cannot change";

const SOURCES = "/v1/branches/default/sources";
const SCREENS = ["", "sources", "sources/seen", "sources/seen?show=manage", "sources/seen/sinks/rows", "tokens", "tasks", "loads", "kafka", "find", "service"];

export async function walk(visit) {
  await visit.api("POST", SOURCES, { type: "http", name: "Seen" });
  await visit.api("POST", `${SOURCES}/seen/sinks`, {
    type: "table", name: "Rows", table: { type: "keboola", tableId: "in.c-seen.rows", mapping: { columns: [{ type: "body", name: "body" }] } },
  });
  const page = await visit.signedIn("/console/", { token: visit.readonlyToken });
  await page.getByText("Your token may only read").waitFor();
  for (const screen of SCREENS) {
    await page.goto(`${visit.apiUrl}/console/#/${screen}`);
    await page.getByRole("heading", { level: 1 }).waitFor();
    await page.getByText("Loading …").first().waitFor({ state: "detached" });
    await visit.accessible(page, `the screen ${screen || "overview"}`);
    for (const name of ["Disable", "Delete", "Create the token", "Create the source", "Bring everything in now", "Change the secret"]) {
      const button = page.getByRole("button", { name, exact: true });
      if (await button.count()) assert.ok(await button.first().isDisabled(), `${name} of ${screen} is offered`);
    }
  }
  await visit.shot(page, "service");
  const status = await page.evaluate(async () => {
    const { csrf } = await (await fetch("/console/session")).json();
    const answer = await fetch("/v1/branches/default/sources/seen", { method: "DELETE", headers: { "X-Millrace-CSRF": csrf } });
    return answer.status;
  }).catch((error) => error);
  visit.expectErrors("403");
  assert.equal(status, 403);
}
