// A flat row of an invoice with the total worked out from its lines, in cents and with the tax.
local lines = Body('data.object.lines.data');
local net = std.foldl(function(sum, line) sum + line.quantity * line.unit_amount, lines, 0);
local rate = Body('data.object.tax_percent', 0);
{
  invoice: Body('data.object.id'),
  customer: Body('data.object.customer.email', null),
  currency: std.asciiUpper(Body('data.object.currency')),
  lines: std.length(lines),
  net: net,
  total: std.floor(net * (100 + rate) / 100 + 0.5),
}
