// Every screen at the width of a phone and in the dark, by keyboard alone where that matters; one picture for the README.

import assert from "node:assert/strict";

export const title = "360 pixels, dark, and by keyboard";

const SOURCES = "/v1/branches/default/sources";
const SCREENS = ["", "sources", "new", "sources/looks", "sources/looks?show=settings", "sources/looks/sinks/rows?show=files",
  "sources/looks/sinks/rows?show=rows", "sources/looks/sinks/rows?show=mapping", "sources/looks/sinks/rows?show=settings",
  "find", "loads", "kafka", "tasks", "tokens", "service"];

export async function walk(visit) {
  await visit.api("POST", SOURCES, { type: "http", name: "Looks" });
  await visit.api("POST", `${SOURCES}/looks/sinks`, {
    type: "table", name: "Rows", table: { type: "keboola", tableId: "in.c-looks.rows", mapping: { columns: [
      { type: "uuid", name: "id", primaryKey: true },
      { type: "path", name: "a_rather_long_name_of_a_column_that_needs_room", path: "text", rawString: true, defaultValue: "" },
    ] } },
  });
  const { http: { url } } = await visit.api("GET", `${SOURCES}/looks`);
  for (let n = 0; n < 20; n += 1) await visit.send(url, { text: "x".repeat(300), n });

  const phone = await visit.signedIn("/console/", { viewport: { width: 360, height: 740 }, colorScheme: "dark" });
  for (const screen of SCREENS) {
    await phone.goto(`${visit.apiUrl}/console/#/${screen}`);
    await phone.getByRole("heading", { level: 1 }).waitFor();
    await phone.getByText("Loading …").first().waitFor({ state: "detached" });
    const { wide, seen } = await phone.evaluate(() => ({ wide: document.documentElement.scrollWidth, seen: window.innerWidth }));
    assert.ok(wide <= seen, `${screen || "overview"} is ${wide} pixels wide on ${seen}`);
    await visit.accessible(phone, `the screen ${screen || "overview"}, dark, at 360 pixels`);
    await visit.shot(phone, `phone-${screen.replaceAll(/[^a-z]+/g, "-") || "overview"}`);
  }

  const page = await visit.signedIn("/console/#/sources/looks", { viewport: { width: 1280, height: 860 } });
  const events = page.getByRole("tab", { name: "Events" });
  await events.focus();
  await page.keyboard.press("ArrowRight");
  assert.equal(await page.getByRole("tab", { name: "Sinks" }).getAttribute("aria-selected"), "true");
  await page.getByRole("link", { name: "Rows" }).waitFor();
  await page.keyboard.press("Tab");
  await page.keyboard.press("Tab");
  const focused = await page.evaluate(() => document.activeElement?.tagName);
  assert.ok(["A", "BUTTON"].includes(focused), `the focus is on ${focused}`);

  await page.goto(`${visit.apiUrl}/console/#/`);
  await page.getByText("Records in, a second").waitFor({ timeout: 60_000 });
  await visit.shot(page, "overview");
}
