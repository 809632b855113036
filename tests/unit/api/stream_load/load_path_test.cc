#include "api/stream_load/load_path.h"

#include <gtest/gtest.h>

#include <string>

namespace millrace::stream_load {
namespace {

TEST(LoadPathTest, EveryCallOfDorisHasItsPath) {
    struct Case {
        std::string method;
        std::string target;
        CallKind kind;
        std::string database = {};
        std::string table = {};
        std::string parameter = {};
    };
    for (const auto& wanted : std::vector<Case>{
             {"PUT", "/api/testdb/t/_stream_load", CallKind::load, "testdb", "t"},
             {"POST", "/api/testdb/t/_stream_load", CallKind::load, "testdb", "t"},
             {"PUT", "/api/testdb/t/_load?x=1", CallKind::load, "testdb", "t"},
             {"PUT", "http://host:80/api/a%2Db/t/_stream_load", CallKind::load, "a-b", "t"},
             {"PUT", "/api/testdb/_stream_load_2pc", CallKind::two_phase, "testdb"},
             {"PUT", "/api/testdb/t/_stream_load_2pc", CallKind::two_phase, "testdb", "t"},
             {"PUT", "/api/_http_stream", CallKind::http_stream},
             {"GET", "/api/d/get_load_state?label=a%3Ab", CallKind::load_state, "d", "", "a:b"},
             {"POST", "/api/d/_cancel?x&label=l", CallKind::cancel, "d", "", "l"},
             {"GET", "/api/_load_error_log?file=f", CallKind::error_log, "", "", "f"},
             {"HEAD", "/api/_load_error_log?file=f", CallKind::error_log, "", "", "f"},
             {"GET", "/api/d/t/_schema", CallKind::schema, "d", "t"},
             {"GET", "/api/internal/d/t/_schema", CallKind::schema, "d", "t"},
             {"GET", "/api/d/t/_count", CallKind::count, "d", "t"},
             {"GET", "/api/backends?is_alive=true", CallKind::backends},
             {"GET", "/api/bootstrap", CallKind::bootstrap},
             {"GET", "/api/health", CallKind::health},
             {"GET", "/", CallKind::probe},
             {"GET", "/api/d/t/_stream_load", CallKind::wrong_method, "d", "t"},
             {"PUT", "/api/d/t/_schemas", CallKind::unknown},
             {"PUT", "/api/", CallKind::unknown},
             {"PUT", "/stream/1/s/x", CallKind::unknown},
         }) {
        const auto parsed = parse_load_path(wanted.method, wanted.target);
        EXPECT_EQ(parsed.kind, wanted.kind) << wanted.target;
        EXPECT_EQ(parsed.database, wanted.database) << wanted.target;
        EXPECT_EQ(parsed.table, wanted.table) << wanted.target;
        EXPECT_EQ(parsed.parameter, wanted.parameter) << wanted.target;
    }
}

TEST(LoadPathTest, OtherPathsAreOthers) {
    EXPECT_TRUE(is_load_path("/api/x"));
    for (const auto* target : {"/", "/stream/1/api/x", "/apix", "/health-check", "*"}) {
        EXPECT_FALSE(is_load_path(target)) << target;
    }
}

}  // namespace
}  // namespace millrace::stream_load
