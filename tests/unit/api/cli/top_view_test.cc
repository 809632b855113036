#include "api/cli/top_view.h"

#include <gmock/gmock.h>
#include <gtest/gtest.h>

#include <sstream>
#include <string>

#include "api/cli/text_table.h"

namespace millrace::cli {
namespace {

using testing::HasSubstr;

Json some_overview() {
    return *parse_json(R"({"at": "2026-11-30T03:04:05.678Z",
        "service": {"version": "0.1.0", "startedAt": "2026-11-30T01:00:00.000Z", "uptimeSeconds": 7445},
        "rates": {"now": {"seconds": 10, "recordsPerSecond": 1200.4, "bytesPerSecond": 310022.0,
                          "rowsPerSecond": 1190.0, "refusedPerSecond": 0.0, "answerP99Milliseconds": 2.1},
                  "hour": {"seconds": 0, "recordsPerSecond": 0.0, "bytesPerSecond": 0.0,
                           "rowsPerSecond": 0.0, "refusedPerSecond": 0.0, "answerP99Milliseconds": null}},
        "levels": {"local": {"rows": 10, "bytes": 1000, "oldestAt": "2026-11-30T03:04:01.000Z"},
                   "staging": {"rows": 0, "bytes": 0}, "setAside": {"rows": 0, "bytes": 0},
                   "rejects": {"rows": 3, "bytes": 900}, "target": {"rows": 123456, "bytes": 9999999}},
        "volumes": [{"name": "default", "standing": "serving", "isFull": false, "freeBytes": 5000000000,
                     "totalBytes": 10000000000, "reserveBytes": 1000000000},
                    {"name": "old", "standing": "missing", "isFull": false}],
        "failing": [{"sourceId": "shop", "sinkId": "orders", "tableId": "in.c-shop.orders", "kind": "import",
                     "since": "2026-11-30T03:00:05.678Z", "reason": "the table lacks the column \u001b[2J x",
                     "waitingRows": 1200, "attempts": 4}],
        "failingCount": 2,
        "counts": {"sources": 3, "sinks": 1, "disabledSinks": 0, "tasksRunning": 1}})");
}

TEST(TopViewTest, TheScreenShowsRatesLevelsFailuresAndVolumes) {
    EXPECT_EQ(top_screen(some_overview(), "http://127.0.0.1:8000", {}),
              "Millrace 0.1.0, up 2 h (http://127.0.0.1:8000)\n"
              "3 sources, 1 sink, 1 task under way\n"
              "\n"
              "              NOW  HOUR\n"
              "records/s   1,200     -\n"
              "rows/s      1,190     -\n"
              "bytes/s    303 KB     -\n"
              "refused/s       0     -\n"
              "p99 ms        2.1     -\n"
              "\n"
              "LEVEL         ROWS   BYTES  OLDEST\n"
              "local           10  1.0 KB     4 s\n"
              "staging          0     0 B\n"
              "set aside        0     0 B\n"
              "rejects          3   900 B\n"
              "table      123,456  9.5 MB\n"
              "\n"
              "FAILING      WHAT    WAITING  SINCE  TRIED  REASON\n"
              "shop/orders  import    1,200  4 min      4  the table lacks the column \\x1b[2J x\n"
              "… and 1 more\n"
              "\n"
              "VOLUME   STATE                FREE  KEPT FREE\n"
              "default  serving  4.7 GB of 9.3 GB     954 MB\n"
              "old      missing                 -\n");
}

TEST(TopViewTest, TheScreenFitsTheTerminal) {
    for (std::size_t width = 1; width < 100; width += 3) {
        for (std::size_t height = 1; height < 40; height += 4) {
            std::istringstream screen(
                top_screen(some_overview(), "http://x", {.width = width, .height = height}));
            std::size_t lines = 0;
            for (std::string line; std::getline(screen, line); ++lines) {
                ASSERT_LE(width_of(line), width) << line;
            }
            ASSERT_LE(lines, height) << width;
        }
    }
}

TEST(TopViewTest, ALineHasTheSame) {
    EXPECT_EQ(top_line(some_overview()),
              "2026-11-30T03:04:05.678Z records/s=1200.4 rows/s=1190.0 bytes/s=310022 "
              "refused/s=0.0 p99_ms=2.1 local=10 staging=0 set_aside=0 rejects=3 failing=2 "
              "volumes_not_serving=old\n");
}

TEST(TopViewTest, AnAnswerWithoutFieldsIsShownToo) {
    EXPECT_THAT(top_screen(Json::object(), "http://x", {}), HasSubstr("Nothing fails."));
    EXPECT_THAT(top_line(Json()), HasSubstr("p99_ms=-"));
}

}  // namespace
}  // namespace millrace::cli
