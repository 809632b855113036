// The picture of the README, docs/images/console.png: an event on the left becomes the row on the right.

export const title = "the picture of the README";

const SOURCES = "/v1/branches/default/sources";
const ORDER = {
  order: { id: 4711, total: 59.8, paid: true, at: "2026-11-30T09:30:00Z" },
  customer: { name: "Ada Lovelace", country: "UK" },
  items: [{ sku: "gear-7", count: 2 }],
};

export async function walk(visit) {
  await visit.api("POST", SOURCES, { type: "http", name: "Web shop" });
  await visit.api("POST", `${SOURCES}/web-shop/sinks`, {
    type: "table", name: "Orders", table: { type: "keboola", tableId: "in.c-shop.orders", mapping: { columns: [
      { type: "path", name: "order_id", path: "order.id", dataType: "INTEGER", primaryKey: true },
      { type: "path", name: "total", path: "order.total", dataType: "DECIMAL" },
      { type: "path", name: "customer", path: "customer.name", rawString: true },
      { type: "template", name: "label", rawString: true, template: { language: "jsonnet", content: "Body('customer.country') + '-' + Body('order.id')" } },
      { type: "datetime", name: "received_at", dataType: "TIMESTAMP" },
    ] } },
  });
  const { http: { url } } = await visit.api("GET", `${SOURCES}/web-shop`);
  await visit.send(url, ORDER);
  const page = await visit.signedIn("/console/#/sources/web-shop/sinks/orders?show=mapping", { viewport: { width: 1280, height: 860 }, colorScheme: "light" });
  await page.getByText("this event becomes this row").waitFor();
  await visit.accessible(page, "the mapping of a sink");
  await visit.shot(page, "console");
}
