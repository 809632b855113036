#include "core/bulk/avro_json.h"

#include <gmock/gmock.h>
#include <gtest/gtest.h>

#include <bit>
#include <cstring>
#include <limits>

#include "tests/support/avro_writer.h"

namespace millrace::bulk {
namespace {

using namespace std::string_literals;
using testing::HasSubstr;
using testing_support::avro_number;
using testing_support::avro_text;

template <typename T>
std::string raw(T value) {
    std::string bytes(sizeof value, '\0');
    std::memcpy(bytes.data(), &value, sizeof value);
    return bytes;
}

// The JSON, or "!" and the error.
std::string json_of(std::string_view schema, std::string_view bytes,
                    const AvroJsonOptions& options = {}) {
    const auto tree = parse_avro_tree(schema);
    EXPECT_TRUE(tree.ok()) << schema;
    if (!tree.ok()) return "";
    std::string out;
    const auto written = append_avro_json(out, tree.value(), bytes, options);
    return written.ok() ? out : "!" + written.error().client_text();
}

std::string logical(std::string_view type, std::string_view name) {
    return R"({"type":")" + std::string(type) + R"(","logicalType":")" + std::string(name) + "\"}";
}

TEST(AvroJsonTest, ValuesBecomeJson) {
    struct Case {
        std::string schema;
        std::string bytes;
        std::string json;
    };
    const std::string day_micros = avro_number(34'200'000'001);
    const Case cases[] = {
        {"null", "", "null"},
        {"boolean", "\x01", "true"},
        {"boolean", "\0"s, "false"},
        {"int", avro_number(-7), "-7"},
        {"long", avro_number(INT64_MIN), "-9223372036854775808"},
        {"long", avro_number(INT64_MAX), "9223372036854775807"},
        {"float", raw(0.1F), "0.1"},
        {"double", raw(0.1), "0.1"},
        {"double", raw(1e300), "1e+300"},
        {"double", raw(std::numeric_limits<double>::quiet_NaN()), "\"NaN\""},
        {"double", raw(-std::numeric_limits<double>::infinity()), "\"-Infinity\""},
        {"string", avro_text("a\"b\n"), R"("a\"b\n")"},
        {"string", avro_text(""), "\"\""},
        {"bytes", avro_text("\x00\xff"s), "\"00ff\""},
        {R"({"type":"fixed","name":"f","size":2})", "\x01\xab", "\"01ab\""},
        {R"({"type":"enum","name":"e","symbols":["a","b"]})", avro_number(1), "\"b\""},
        {R"(["null","int"])", avro_number(0), "null"},
        {R"(["int","null"])", avro_number(0) + avro_number(5), "5"},
        {R"({"type":"array","items":"int"})", avro_number(0), "[]"},
        {R"({"type":"array","items":"int"})",
         avro_number(2) + avro_number(1) + avro_number(2) + avro_number(-1) + avro_number(1) +
             avro_number(3) + avro_number(0),
         "[1,2,3]"},
        {R"({"type":"map","values":"int"})",
         avro_number(1) + avro_text("k") + avro_number(1) + avro_number(0), R"({"k":1})"},
        {R"({"type":"record","name":"r","fields":[]})", "", "{}"},
        {R"({"type":"record","name":"r","fields":[{"name":"a","type":"int"},
            {"name":"b","type":{"type":"record","name":"s","fields":[
                {"name":"c","type":"string"}]}}]})",
         avro_number(1) + avro_text("x"), R"({"a":1,"b":{"c":"x"}})"},
        {R"({"type":"bytes","logicalType":"decimal","precision":9,"scale":2})",
         avro_text("\x04\xce"), "\"12.30\""},
        {R"({"type":"fixed","name":"f","size":2,"logicalType":"decimal","precision":4})",
         "\xff\xff", "\"-1\""},
        {logical("int", "date"), avro_number(-1), "\"1969-12-31\""},
        {logical("int", "time-millis"), avro_number(34'200'001), "\"09:30:00.001000\""},
        {logical("long", "time-micros"), day_micros, "\"09:30:00.000001\""},
        {logical("long", "timestamp-millis"), avro_number(-1), "\"1969-12-31T23:59:59.999000Z\""},
        {logical("long", "timestamp-micros"), avro_number(1), "\"1970-01-01T00:00:00.000001Z\""},
    };
    for (const auto& [schema, bytes, json] : cases)
        EXPECT_EQ(json_of(schema, bytes), json) << schema;
}

TEST(AvroJsonTest, TimesMayBeNumbers) {
    const AvroJsonOptions millis{.times = AvroTimes::millis};
    const AvroJsonOptions raw_ones{.times = AvroTimes::raw};
    const auto micros = logical("long", "timestamp-micros");
    EXPECT_EQ(json_of(micros, avro_number(-1), millis), "-1");
    EXPECT_EQ(json_of(micros, avro_number(1999), millis), "1");
    EXPECT_EQ(json_of(micros, avro_number(1999), raw_ones), "1999");
    EXPECT_EQ(json_of(logical("long", "timestamp-millis"), avro_number(7), millis), "7");
    EXPECT_EQ(json_of(logical("long", "time-micros"), avro_number(7000), millis), "7");
    EXPECT_EQ(json_of(logical("int", "date"), avro_number(3), millis), "3");
}

TEST(AvroJsonTest, BytesThatAreNoDatumAreAnErrorWithTheirPlace) {
    struct Case {
        std::string schema;
        std::string bytes;
        const char* problem;
    };
    const std::string record =
        R"({"type":"record","name":"r","fields":[{"name":"n","type":"int"}]})";
    const Case cases[] = {
        {record, "", "the value of the field \"n\" at byte 0 of 0"},
        {record, std::string(11, '\xff'), "is none"},
        {record, avro_number(1) + "x", "1 bytes behind"},
        {"int", avro_number(INT64_C(1) << 40), "is none"},
        {"boolean", "\x02", "is none"},
        {"double", "1234567", "is none"},
        {"string", avro_number(5) + "abc", "is none"},
        {"string", avro_number(-1), "is none"},
        {"string", avro_text("\xff"), "is not UTF-8"},
        {R"(["null","int"])", avro_number(2), "is none"},
        {R"({"type":"enum","name":"e","symbols":["a"]})", avro_number(1), "is none"},
        {R"({"type":"array","items":"int"})", avro_number(INT64_MAX), "is none"},
        {R"({"type":"array","items":"int"})", avro_number(INT64_MIN), "is none"},
        {R"({"type":"fixed","name":"f","size":3})", "ab", "is none"},
        {R"({"type":"bytes","logicalType":"decimal","precision":9})",
         avro_text(std::string(65, '\1')), "more than 64 bytes"},
        {logical("int", "date"), avro_number(INT32_MAX), "years 1 to 9999"},
        {logical("long", "timestamp-millis"), avro_number(INT64_MAX), "years 1 to 9999"},
        {logical("long", "time-micros"), avro_number(-1), "years 1 to 9999"},
    };
    for (const auto& [schema, bytes, problem] : cases) {
        const auto json = json_of(schema, bytes);
        EXPECT_THAT(json, testing::StartsWith("!")) << schema;
        EXPECT_THAT(json, HasSubstr(problem)) << schema;
    }
}

// Goal    a few bytes cannot make a service build values without an end.
TEST(AvroJsonTest, SizeAndDepthHaveBounds) {
    EXPECT_THAT(json_of(R"({"type":"array","items":"null"})", avro_number(INT64_MAX)),
                HasSubstr("MB of JSON"));
    const auto* const endless =
        R"({"type":"record","name":"r","fields":[{"name":"r","type":["null","r"]}]})";
    std::string bytes;
    for (int i = 0; i < 100'000; ++i) bytes += avro_number(1);
    EXPECT_THAT(json_of(endless, bytes), HasSubstr("nested too deep"));
    EXPECT_THAT(json_of(R"({"type":"record","name":"r","fields":[{"name":"r","type":"r"}]})", ""),
                HasSubstr("nested too deep"));
}

TEST(AvroJsonTest, EveryPrefixOfADatumIsRefused) {
    const auto* const schema = R"({"type":"record","name":"r","fields":[
        {"name":"a","type":["null","string"]},{"name":"b","type":"double"},
        {"name":"c","type":{"type":"map","values":"long"}}]})";
    const auto whole = avro_number(1) + avro_text("text") + raw(1.5) + avro_number(1) +
                       avro_text("k") + avro_number(300) + avro_number(0);
    EXPECT_EQ(json_of(schema, whole), R"({"a":"text","b":1.5,"c":{"k":300}})");
    for (std::size_t bytes = 0; bytes < whole.size(); ++bytes) {
        EXPECT_THAT(json_of(schema, std::string_view(whole).substr(0, bytes)),
                    testing::StartsWith("!"));
    }
}

}  // namespace
}  // namespace millrace::bulk
