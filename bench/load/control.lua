-- wrk script: calls of one kind (MILLRACE_BENCH_CALL) to the control plane, each for a random one of
-- MILLRACE_BENCH_SOURCES sources.
dofile(os.getenv("MILLRACE_BENCH_REPORT"))
wrk.headers["X-StorageApi-Token"] = os.getenv("MILLRACE_BENCH_TOKEN")

local sources = tonumber(os.getenv("MILLRACE_BENCH_SOURCES"))
local root = "/v1/branches/default/sources"

local function source()
    return string.format("%s/s-%05d", root, math.random(0, sources - 1))
end

local calls = {
    ["GET source"] = function() return wrk.format("GET", source()) end,
    ["GET sink"] = function() return wrk.format("GET", source() .. "/sinks/sink") end,
    ["GET settings"] = function() return wrk.format("GET", source() .. "/sinks/sink/settings") end,
    ["list page"] = function()
        return wrk.format("GET", string.format("%s?afterId=s-%05d", root, math.random(0, sources - 1)))
    end,
    ["settings PATCH"] = function()
        local body = string.format(
            '{"settings":[{"key":"storage.level.target.import.trigger.count","value":%d}]}',
            math.random(1, 1000000))
        return wrk.format("PATCH", source() .. "/sinks/sink/settings", nil, body)
    end,
}
request = calls[os.getenv("MILLRACE_BENCH_CALL")]
