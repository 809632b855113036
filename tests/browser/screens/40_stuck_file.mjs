// A table refuses a row, so that a file does not come in: the overview says so on top, with the buttons that help.

import assert from "node:assert/strict";

export const title = "a stuck file: tried again, set aside, brought back";

const SOURCES = "/v1/branches/default/sources";
const TABLE = "in.c-stuck.rows";

export async function walk(visit) {
  await visit.api("POST", SOURCES, { type: "http", name: "Stuck" });
  await visit.api("POST", `${SOURCES}/stuck/sinks`, {
    type: "table", name: "Rows", table: { type: "keboola", tableId: TABLE, mapping: { columns: [{ type: "body", name: "body" }] } },
  });
  await visit.api("PATCH", `${SOURCES}/stuck/sinks/rows/settings`, { settings: [
    { key: "storage.level.staging.upload.trigger.count", value: 1 },
    { key: "storage.level.target.import.trigger.count", value: 1 },
  ] });
  await visit.sql(TABLE, "CREATE TRIGGER picky BEFORE INSERT ON rows BEGIN SELECT raise(ROLLBACK, 'not this one'); END");
  const { http: { url } } = await visit.api("GET", `${SOURCES}/stuck`);
  assert.equal(await visit.send(url, { bad: true }), 200);

  const page = await visit.signedIn();
  const card = page.getByRole("listitem").filter({ hasText: "not this one" });
  await card.getByRole("button", { name: "Try again now" }).waitFor({ timeout: 60_000 });
  await page.getByText("Templates", { exact: true }).waitFor();
  await page.getByText("0 processes", { exact: true }).waitFor();
  await visit.accessible(page, "the overview with a failing sink");
  await visit.shot(page, "1-overview");

  // While it is being tried right now the service says so; a person presses again.
  await pressed(visit, card, "Set aside", async () => {
    await page.getByRole("dialog").getByText(TABLE, { exact: true }).waitFor();
    await page.getByRole("dialog").getByLabel("Why (others will read it)").fill("a trigger");
    await page.getByRole("dialog").getByRole("button", { name: "Set aside" }).click();
  }, page.getByRole("button", { name: "Bring it back" }));
  await visit.shot(page, "2-set-aside");

  await page.goto(`${visit.apiUrl}/console/#/sources/stuck/sinks/rows?show=files`);
  await page.getByText("Set aside", { exact: false }).filter({ hasText: "a trigger" }).first().waitFor();
  await visit.accessible(page, "files on their way");
  await visit.shot(page, "3-files");
  await visit.sql(TABLE, "DROP TRIGGER picky");
  await page.getByRole("button", { name: "Bring it back" }).click();
  await page.getByRole("region", { name: /In the table \(1\)/ }).waitFor({ timeout: 60_000 });
  const { rows } = await visit.api("GET", `/v1/branches/default/tables/${TABLE}/rows`);
  assert.equal(rows.length, 1);

  // A single row that the table refuses is a reject, and does not keep the others.
  await visit.sql(TABLE, "CREATE TRIGGER picky BEFORE INSERT ON rows BEGIN SELECT raise(ABORT, 'only this one'); END");
  assert.equal(await visit.send(url, { bad: "again" }), 200);
  await page.getByRole("tab", { name: "Rejects" }).click();
  const reject = page.getByText("only this one", { exact: false });
  await reject.first().waitFor({ timeout: 60_000 });
  await reject.first().click();
  await page.getByText("again").first().waitFor();
  await visit.accessible(page, "a row that its table has refused");
  await visit.sql(TABLE, "DROP TRIGGER picky");
  await page.getByRole("button", { name: /^Retry/ }).click();
  await page.getByText("0 rejects").waitFor();
}

async function pressed(visit, card, name, confirm, sign) {
  await visit.until(`${name} is done`, async () => {
    if (await sign.count()) return true;
    if (!(await card.page().getByRole("dialog").count())) await card.getByRole("button", { name, exact: true }).click();
    await confirm();
    await sign.first().waitFor({ timeout: 3_000 }).catch(() => {});
    return (await sign.count()) > 0;
  });
}
