// An event does not fit the mapping; it is kept, seen, the mapping is mended in the playground, and the event is in the
// table. Then the change is compared and taken back.

import assert from "node:assert/strict";

export const title = "an event that fails mapping, its repair, and a rollback";

const SOURCES = "/v1/branches/default/sources";

export async function walk(visit) {
  await visit.api("POST", SOURCES, { type: "http", name: "Repairs" });
  await visit.api("POST", `${SOURCES}/repairs/sinks`, {
    type: "table", name: "Orders", table: { type: "keboola", tableId: "in.c-repairs.orders", mapping: { columns: [
      { type: "uuid", name: "id" },
      { type: "path", name: "amount", path: "amount", rawString: true },
    ] } },
  });
  const { http: { url } } = await visit.api("GET", `${SOURCES}/repairs`);
  const page = await visit.signedIn("/console/#/sources/repairs/sinks/orders?show=rejects");
  await page.getByText("none is kept here").waitFor();
  await page.getByRole("button", { name: "Keep them instead" }).click();
  await page.getByText("are kept here, and their senders").waitFor();

  assert.equal(await visit.send(url, { price: "19.90" }), 200);
  const reject = page.getByText('path "amount" not found', { exact: false });
  await reject.first().waitFor({ timeout: 60_000 });
  await reject.first().click();
  await page.getByRole("region", { name: "Body" }).getByText("19.90").waitFor();
  await visit.accessible(page, "a reject");
  await visit.shot(page, "1-reject");

  await page.getByRole("button", { name: "Open in the mapping’s playground" }).click();
  const column = page.getByRole("group", { name: "Column amount" });
  await column.getByText("not found").waitFor();
  await visit.shot(page, "2-playground");

  // A template with a mistake is shown at its place, and the rest of the row goes on.
  await column.getByLabel("What goes in").selectOption("template");
  await column.getByLabel("Template").fill("Bdy('price')");
  await column.getByText(/Line 1, character 1/).waitFor();
  await visit.accessible(page, "a template with a mistake");
  await visit.shot(page, "3-template");

  await column.getByLabel("What goes in").selectOption("path");
  await column.getByLabel("Path").fill("price");
  await column.getByLabel("Type").selectOption("STRING");
  await column.getByText("→ 19.90").waitFor();
  await visit.accessible(page, "the playground");
  await page.getByRole("button", { name: "Save", exact: true }).click();
  await page.getByText("Saved.").waitFor();

  await page.getByRole("tab", { name: "Rejects" }).click();
  await page.getByRole("button", { name: "Retry through the new mapping" }).click();
  await page.getByText("0 rejects").waitFor();
  await page.getByRole("tab", { name: "Table" }).click();
  await page.getByRole("button", { name: "Bring waiting rows in now" }).click();
  await page.getByRole("cell", { name: "19.90" }).waitFor({ timeout: 60_000 });
  await visit.accessible(page, "the rows of a table");
  await visit.shot(page, "4-rows");

  await page.getByRole("tab", { name: "Versions" }).click();
  await page.getByRole("button", { name: "Compare with now: version 1" }).click();
  const differences = page.getByRole("region", { name: "Differences" });
  await differences.getByText("price").waitFor();
  await visit.accessible(page, "the versions");
  await visit.shot(page, "5-difference");
  const first = page.getByRole("list", { name: "Versions" }).getByRole("listitem").filter({ hasText: "Version 1:" });
  await first.getByRole("button", { name: "Go back" }).click();
  await page.getByRole("dialog").getByRole("button", { name: "Go back" }).click();
  await page.getByText(/Version \d+ \(now\): Rollback/i).waitFor();
  const sink = await visit.api("GET", `${SOURCES}/repairs/sinks/orders`);
  assert.equal(sink.table.mapping.columns[1].path, "amount");
}
