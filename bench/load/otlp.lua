-- wrk script: POSTs the same bytes again and again, from the file MILLRACE_BENCH_BODY_FILE.
dofile(os.getenv("MILLRACE_BENCH_REPORT"))
wrk.method = "POST"
wrk.headers["Content-Type"] = os.getenv("MILLRACE_BENCH_TYPE")
local file = assert(io.open(os.getenv("MILLRACE_BENCH_BODY_FILE"), "rb"))
wrk.body = file:read("*a")
file:close()
