-- wrk script: POSTs the same body again and again, in turn to each path of a list.
-- The body comes in MILLRACE_BENCH_BODY, or the file MILLRACE_BENCH_BODY_FILE where it is long, its type in MILLRACE_BENCH_TYPE; every server gets the same.
-- MILLRACE_BENCH_HEADERS has further headers, "Name: value" a line.
-- MILLRACE_BENCH_PATHS is a file with a path a line; without it all go to the path of the URL.
dofile(os.getenv("MILLRACE_BENCH_REPORT"))
wrk.method = "POST"
wrk.headers["Content-Type"] = os.getenv("MILLRACE_BENCH_TYPE")
wrk.body = os.getenv("MILLRACE_BENCH_BODY")
local long_body = os.getenv("MILLRACE_BENCH_BODY_FILE")
if long_body then
    local file = assert(io.open(long_body, "rb"))
    wrk.body = file:read("a")
    file:close()
end
for name, value in (os.getenv("MILLRACE_BENCH_HEADERS") or ""):gmatch("([^:\n]+): ([^\n]*)") do
    wrk.headers[name] = value
end

local paths = os.getenv("MILLRACE_BENCH_PATHS")
if paths then
    local requests, last = {}, 0

    function init()
        for path in io.lines(paths) do
            requests[#requests + 1] = wrk.format(nil, path)
        end
    end

    function request()
        last = last % #requests + 1
        return requests[last]
    end
end
