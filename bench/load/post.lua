-- wrk script: POSTs the same body again and again.
-- The body comes in MILLRACE_BENCH_BODY, its type in MILLRACE_BENCH_TYPE; both servers get the same.
dofile(os.getenv("MILLRACE_BENCH_REPORT"))
wrk.method = "POST"
wrk.headers["Content-Type"] = os.getenv("MILLRACE_BENCH_TYPE")
wrk.body = os.getenv("MILLRACE_BENCH_BODY")
