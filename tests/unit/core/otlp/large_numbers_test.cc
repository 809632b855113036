#include "core/otlp/large_numbers.h"

#include <fmt/format.h>
#include <gtest/gtest.h>

#include "core/otlp/json_request.h"

namespace millrace::otlp {
namespace {

TEST(LargeNumbersTest, AWholeNumberOfMoreThan64BitsIsAReal) {
    struct Case {
        const char* json;
        const char* changed;  // null: as it is
    };
    const Case cases[] = {
        {"", nullptr},
        {"{}", nullptr},
        {"18446744073709551615", nullptr},
        {"18446744073709551616", "18446744073709551616.0"},
        {"-9223372036854775808", nullptr},
        {"-9223372036854775809", "-9223372036854775809.0"},
        {"100000000000000000000.5", nullptr},
        {"100000000000000000000e1", nullptr},
        {R"("100000000000000000000")", nullptr},
        {R"("\"100000000000000000000")", nullptr},
        {R"(["a\\",100000000000000000000,true,-100000000000000000000 ])",
         R"(["a\\",100000000000000000000.0,true,-100000000000000000000.0 ])"},
        {R"({"a":100000000000000000000})", R"({"a":100000000000000000000.0})"},
        {R"("\)", nullptr},
    };
    for (const auto& [json, changed] : cases) {
        const auto found = with_large_numbers_as_reals(json);
        EXPECT_EQ(found.has_value(), changed != nullptr) << json;
        if (found) {
            EXPECT_EQ(*found, changed == nullptr ? json : changed);
        }
    }
}

std::string gauge(std::string_view member, std::string_view text = "") {
    return fmt::format(
        R"({{"resourceMetrics":[{{"scopeMetrics":[{{"metrics":[{{"name":"a{}","gauge":{{"dataPoints":[{{{}}}]}}}}]}}]}}]}})",
        text, member);
}

// Goal    one large double, as JavaScript writes it, does not cost the points beside it.
TEST(LargeNumbersTest, ARequestWithOneIsRead) {
    struct Case {
        const char* sent;
        const char* same;
    };
    const Case cases[] = {
        {R"("asDouble":100000000000000000000)", R"("asDouble":1e20)"},
        {R"("asDouble":-123456789012345680000)", R"("asDouble":-1.2345678901234568e20)"},
        {R"("unknown":18446744073709551616,"asDouble":1)", R"("asDouble":1)"},
    };
    JsonRequest json;
    for (const auto& [sent, same] : cases) {
        const std::string wanted(json.to_wire(Signal::metrics, gauge(same)).value());
        const auto wire = json.to_wire(Signal::metrics, gauge(sent));
        ASSERT_TRUE(wire.ok()) << sent << ": " << wire.error().client_text();
        EXPECT_EQ(wire.value(), wanted) << sent;
    }
    const auto both = json.to_wire(Signal::metrics, gauge(cases[0].sent, R"(\ud83d)"));
    EXPECT_TRUE(both.ok()) << "with half a character before it";
}

TEST(LargeNumbersTest, WhereAWholeNumberIsWantedItIsRefusedWithItsField) {
    JsonRequest json;
    const auto wire =
        json.to_wire(Signal::metrics, gauge(R"("timeUnixNano":100000000000000000000)"));
    ASSERT_FALSE(wire.ok());
    EXPECT_EQ(wire.error().client_text(),
              "resourceMetrics[0].scopeMetrics[0].metrics[0].gauge.dataPoints[0].timeUnixNano: "
              "expected a whole number in its range, found 1e+20");
    EXPECT_FALSE(json.to_wire(Signal::metrics, gauge(R"("asDouble":1e400)")).ok());
    const std::string digits(400, '9');
    EXPECT_FALSE(json.to_wire(Signal::metrics, gauge(R"("asDouble":)" + digits)).ok());
}

}  // namespace
}  // namespace millrace::otlp
