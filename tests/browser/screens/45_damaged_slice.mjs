// One slice of a file is damaged in staging: the file shows its slices, and that one is set aside alone.

import assert from "node:assert/strict";

export const title = "a damaged slice: found among its file's, set aside alone";

const SOURCES = "/v1/branches/default/sources";
const SINK = `${SOURCES}/damaged/sinks/rows`;
const TABLE = "in.c-damaged.rows";

export async function walk(visit) {
  await visit.api("POST", SOURCES, { type: "http", name: "Damaged" });
  await visit.api("POST", `${SOURCES}/damaged/sinks`, {
    type: "table", name: "Rows", table: { type: "keboola", tableId: TABLE, mapping: { columns: [{ type: "body", name: "body" }] } },
  });
  await visit.api("PATCH", `${SINK}/settings`, { settings: [
    { key: "storage.level.staging.upload.trigger.count", value: 1 },
    { key: "storage.level.target.import.trigger.count", value: 3 },
  ] });
  const { http: { url } } = await visit.api("GET", `${SOURCES}/damaged`);
  const uploaded = async (count) => {
    const { files } = await visit.api("GET", `${SINK}/statistics/files`);
    if (files.length === 0) return null;
    const { slices } = await visit.api("GET", `${SINK}/files/${files[0].fileId}/slices`);
    return slices.filter(({ state }) => state === "uploaded").length === count ? slices : null;
  };
  assert.equal(await visit.send(url, "first"), 200);
  await visit.until("the first slice in staging", () => uploaded(1));
  assert.equal(await visit.send(url, "second"), 200);
  const slices = await visit.until("the second slice in staging", () => uploaded(2));
  await visit.damage(slices[1].sliceId);
  assert.equal(await visit.send(url, "third"), 200);

  const page = await visit.signedIn("/console/#/sources/damaged/sinks/rows?show=files");
  await page.getByText("the stream is cut off", { exact: false }).first().waitFor({ timeout: 60_000 });
  await page.getByText("Slices", { exact: true }).click();
  await page.getByText("The file fails for this slice.").waitFor();
  assert.equal(await page.getByText("The file fails for this slice.").count(), 1, "slices that fail");
  await visit.accessible(page, "slices of a file");
  await visit.shot(page, "1-slices");

  // While the file is being tried right now the service says so; a person presses again.
  const dialog = page.getByRole("dialog");
  await visit.until("the slice is set aside", async () => {
    if (await page.getByText("a torn disk").count()) return true;
    if (!(await dialog.count())) await page.getByRole("button", { name: "Set this slice aside" }).click({ timeout: 3_000 }).catch(() => {});
    if (!(await dialog.count())) return false;
    await dialog.getByLabel("Why (others will read it)").fill("a torn disk");
    await dialog.getByRole("button", { name: "Set aside" }).click();
    await page.getByRole("region", { name: "Beside the way" }).waitFor({ timeout: 3_000 }).catch(() => {});
    return false;
  });
  await page.getByRole("region", { name: /In the table \(1\)/ }).waitFor({ timeout: 60_000 });
  const { rows } = await visit.api("GET", `/v1/branches/default/tables/${TABLE}/rows`);
  assert.deepEqual(rows.map(({ body }) => body).sort(), ["first", "third"]);
  await page.getByRole("button", { name: "Bring it back" }).waitFor();
  await visit.accessible(page, "a slice that is set aside");
  await visit.shot(page, "2-set-aside");
}
