// Two people change one sink: the second is told, sees both, and decides. Nothing is overwritten silently.

import assert from "node:assert/strict";

export const title = "two people edit one sink";

const SOURCES = "/v1/branches/default/sources";

export async function walk(visit) {
  await visit.api("POST", SOURCES, { type: "http", name: "Shared" });
  await visit.api("POST", `${SOURCES}/shared/sinks`, {
    type: "table", name: "Rows", table: { type: "keboola", tableId: "in.c-shared.rows", mapping: { columns: [{ type: "body", name: "body" }] } },
  });
  const page = await visit.signedIn("/console/#/sources/shared/sinks/rows?show=manage");
  const description = page.getByLabel("Description");
  await description.fill("what the second person typed");

  await visit.api("PATCH", `${SOURCES}/shared/sinks/rows`, { description: "what the first person saved" });
  visit.expectErrors("412");
  await page.getByRole("button", { name: "Save", exact: true }).click();
  await page.getByText("while you were typing").waitFor();
  await page.getByText("what the first person saved").waitFor();
  await visit.accessible(page, "two people's changes");
  await visit.shot(page, "told");
  let sink = await visit.api("GET", `${SOURCES}/shared/sinks/rows`);
  assert.equal(sink.description, "what the first person saved");

  await page.getByRole("button", { name: "Save mine over it" }).click();
  await page.getByText("Saved.").waitFor();
  sink = await visit.api("GET", `${SOURCES}/shared/sinks/rows`);
  assert.equal(sink.description, "what the second person typed");
}
