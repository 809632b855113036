// The SKUs of an order as one text, each once and in order; nothing for an order without items.
std.join(', ', std.set([item.sku for item in Body('order.items', []) if item.qty > 0]))
