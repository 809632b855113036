// "31/01/2026 9:05 PM" as the text of a TIMESTAMP column: "2026-01-31T21:05:00Z".
local parts = std.split(Body('created'), ' ');
local day = std.split(parts[0], '/');
local clock = std.split(parts[1], ':');
local hour = std.parseInt(clock[0]) % 12 + (if parts[2] == 'PM' then 12 else 0);
'%s-%s-%sT%02d:%s:00Z' % [day[2], day[1], day[0], hour, clock[1]]
