-- wrk script: POSTs the same body again and again, in turn to each path of a list.
-- The body comes in MILLRACE_BENCH_BODY, its type in MILLRACE_BENCH_TYPE; every server gets the same.
-- MILLRACE_BENCH_PATHS is a file with a path a line; without it all go to the path of the URL.
dofile(os.getenv("MILLRACE_BENCH_REPORT"))
wrk.method = "POST"
wrk.headers["Content-Type"] = os.getenv("MILLRACE_BENCH_TYPE")
wrk.body = os.getenv("MILLRACE_BENCH_BODY")

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
