-- wrk script, included by the others: prints one line of JSON at the end.
function done(summary, latency)
    local errors = summary.errors
    print(string.format(
        'RESULT {"requests":%d,"seconds":%.6f,"not_2xx":%d,"socket_errors":%d,"p50_us":%d,"p99_us":%d}',
        summary.requests, summary.duration / 1e6, errors.status,
        errors.connect + errors.read + errors.write + errors.timeout,
        latency:percentile(50), latency:percentile(99)))
end
