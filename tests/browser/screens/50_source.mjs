// The page of a source: requests live with the refused ones, conditions, a new secret, switching off.

import assert from "node:assert/strict";

export const title = "a source: live requests, settings, a rotated secret";

const SOURCES = "/v1/branches/default/sources";

export async function walk(visit) {
  await visit.api("POST", SOURCES, { type: "http", name: "Live" });
  await visit.api("POST", `${SOURCES}/live/sinks`, {
    type: "table", name: "Rows", table: { type: "keboola", tableId: "in.c-live.rows", mapping: { columns: [
      { type: "path", name: "n", path: "n", dataType: "INTEGER" },
    ] } },
  });
  const { http: { url } } = await visit.api("GET", `${SOURCES}/live`);
  const page = await visit.signedIn("/console/#/sources/live");
  await page.getByText("Nothing has come since").waitFor();

  assert.equal(await visit.send(url, { n: 1 }, { Authorization: "Bearer not-to-be-shown" }), 200);
  await page.getByText("200 accepted").waitFor();
  assert.notEqual(await visit.send(url, { n: "many" }), 200);
  const refused = page.getByRole("listitem").filter({ hasText: "refused" });
  await refused.first().waitFor();
  await refused.locator("summary").first().click();
  await page.getByText("is not INTEGER").first().waitFor();
  await page.getByRole("button", { name: "Show the rows it makes" }).click();
  await page.getByText("this event would be refused").waitFor();
  assert.ok(!(await page.content()).includes("not-to-be-shown"), "a secret of a header is shown");
  await visit.accessible(page, "live requests");
  await visit.shot(page, "1-live");

  // The list stands still under who reads it.
  assert.equal(await visit.send(url, { n: 3 }), 200);
  await page.getByRole("button", { name: "Show 1 newer request" }).click();
  await visit.until("the newer request", async () => (await page.getByText("200 accepted").count()) === 2);

  for (const tab of ["Python", "Node", "Go", "GitHub webhook"]) {
    await page.getByRole("tab", { name: tab }).click();
    await page.getByRole("tabpanel").last().getByText("/stream/").first().waitFor();
  }

  await page.getByRole("tab", { name: "Settings" }).click();
  const slider = page.getByRole("slider", { name: "Import at the latest after" });
  await slider.focus();
  await page.keyboard.press("ArrowLeft");
  await page.getByRole("button", { name: "Save", exact: true }).click();
  await page.getByText("Saved.").waitFor();
  await visit.accessible(page, "the settings");
  await visit.shot(page, "2-settings");
  const { settings } = await visit.api("GET", `${SOURCES}/live/settings`);
  const interval = settings.find(({ key }) => key === "storage.level.target.import.trigger.interval");
  assert.equal(interval.value, "30s");

  await page.getByRole("tab", { name: "Versions" }).click();
  await page.goBack();
  await page.getByRole("tab", { name: "Settings", selected: true }).waitFor();

  await page.getByRole("tab", { name: "Manage" }).click();
  await page.getByLabel("The old URL ends").selectOption({ label: "at once" });
  await page.getByRole("button", { name: "Change the secret" }).click();
  await page.getByRole("dialog").getByRole("button", { name: "Change the secret" }).click();
  await page.getByText("The new URL").waitFor();
  await visit.accessible(page, "managing a source");
  await visit.shot(page, "3-rotated");
  assert.equal(await visit.send(url, { n: 2 }), 404);
  const { http: renewed } = await visit.api("GET", `${SOURCES}/live`);
  assert.notEqual(renewed.url, url);
  await page.getByText(renewed.url).first().waitFor();
  assert.equal(await visit.send(renewed.url, { n: 2 }), 200);

  await page.getByRole("button", { name: "Disable", exact: true }).click();
  await page.getByRole("dialog").getByRole("button", { name: "Disable", exact: true }).click();
  await page.getByRole("button", { name: "Enable", exact: true }).click();
  await page.getByRole("button", { name: "Disable", exact: true }).waitFor();
}
