#include "core/otlp/flattener.h"

#include <gmock/gmock.h>

#include <cstdlib>
#include <fstream>
#include <iterator>
#include <nlohmann/json.hpp>
#include <string>
#include <vector>

#include "tests/unit/core/otlp/wire_bytes.h"

namespace millrace::otlp {
namespace {

using testing::HasSubstr;

std::string read_file(const std::string& path) {
    std::ifstream file(path, std::ios::binary);
    EXPECT_TRUE(file) << path << ": run from the root of the source tree";
    return {std::istreambuf_iterator<char>(file), {}};
}

struct Flat {
    std::string text;
    std::uint64_t records = 0;
    std::string error;
};

Flat flat(Signal signal, Encoding encoding, std::string_view request,
          std::uint64_t bytes_max = 1 << 20) {
    Flattener flattener(bytes_max);
    const auto done = flattener.flatten(signal, encoding, request);
    return {.text = std::string(flattener.text()),
            .records = flattener.records(),
            .error = done.ok() ? std::string() : done.error().client_text()};
}

// The only record of a request with that log record.
nlohmann::json log_of(std::string_view record) {
    const auto result = flat(Signal::logs, Encoding::protobuf, logs_of(record));
    EXPECT_EQ(result.error, "");
    return nlohmann::json::parse(result.text);
}

std::string body(std::string_view any) {
    return field(5, any);
}

// Goal    the records of each type of message are what they were, byte for byte.
// Method  files with requests as JSON, and beside them the lines; as protobuf they are the same.
//         MILLRACE_WRITE_GOLDEN=1 writes the lines.
TEST(FlattenerTest, EachTypeOfMessageHasItsGoldenLines) {
    for (const auto signal : kSignals) {
        const auto stem = "tests/data/otlp/" + std::string(to_string(signal));
        const auto request = read_file(stem + ".json");
        const auto result = flat(signal, Encoding::json, request);
        ASSERT_EQ(result.error, "") << stem;
        if (std::getenv("MILLRACE_WRITE_GOLDEN") != nullptr) {
            std::ofstream(stem + ".ndjson", std::ios::binary) << result.text;
        }
        EXPECT_EQ(result.text, read_file(stem + ".ndjson"));
        JsonRequest json;
        const auto wire = json.to_wire(signal, request);
        ASSERT_TRUE(wire.ok());
        EXPECT_EQ(flat(signal, Encoding::protobuf, wire.value()).text, result.text);
    }
}

TEST(FlattenerTest, AnEmptyRequestHasNoRecords) {
    for (const auto signal : kSignals) {
        for (const auto& request : {std::string(), field(1, ""), field(1, field(2, ""))}) {
            const auto result = flat(signal, Encoding::protobuf, request);
            EXPECT_EQ(result.error, "");
            EXPECT_EQ(result.records, 0);
        }
        EXPECT_EQ(flat(signal, Encoding::json, "{}").error, "");
    }
}

TEST(FlattenerTest, ValuesAreWhatTheyAre) {
    const auto real = [](double value) {
        return body(fixed64_field(4, std::bit_cast<std::uint64_t>(value)));
    };
    const std::vector<std::pair<std::string, std::string>> table = {
        {body(""), "null"},
        {"", "null"},
        {body(field(1, "")), "\"\""},
        {body(field(1, "a\x01\"\\")), R"("a\u0001\"\\")"},
        {body(field(1, "\xff")), "\"\xef\xbf\xbd\""},
        {body(number_field(2, 1)), "true"},
        {body(number_field(2, 0)), "false"},
        {body(number_field(3, static_cast<std::uint64_t>(INT64_MIN))), "-9223372036854775808"},
        {real(1.0), "1"},
        {real(100000.0), "100000"},
        {real(0.1), "0.1"},
        {real(1e21), "1e+21"},
        {real(std::numeric_limits<double>::quiet_NaN()), "\"NaN\""},
        {real(-std::numeric_limits<double>::infinity()), "\"-Infinity\""},
        {body(field(5, "")), "[]"},
        {body(field(6, "")), "{}"},
        {body(field(7, std::string("\0\1", 2))), "\"AAE=\""},
        {body(number_field(9, 1)), "null"},  // of a newer version
    };
    for (const auto& [record, text] : table) {
        const auto result = flat(Signal::logs, Encoding::protobuf, logs_of(record));
        EXPECT_EQ(result.error, "");
        EXPECT_THAT(result.text, HasSubstr(",\"body\":" + text + ",\"flags\":"));
    }
}

TEST(FlattenerTest, FieldsMayComeInAnyOrderAndUnknownOnesAreIgnored) {
    const auto attribute = [](std::string_view key) {
        return field(1, field(1, key) + field(2, field(1, "v")));
    };
    const auto record = field(3, "B") + number_field(99, 1) + field(3, "A") + body(field(1, "x"));
    const auto scope = field(2, record) + field(1, field(1, "late")) + field(77, "?");
    const auto request = field(1, field(2, scope) + field(1, attribute("a") + attribute("b")));
    const auto result = flat(Signal::logs, Encoding::protobuf, request);
    ASSERT_EQ(result.error, "");
    const auto json = nlohmann::json::parse(result.text);
    EXPECT_EQ(json["severity_text"], "A");  // the last one counts
    EXPECT_EQ(json["scope"]["name"], "late");
    EXPECT_EQ(json["resource"], (nlohmann::json{{"a", "v"}, {"b", "v"}}));
}

TEST(FlattenerTest, AnIdOfZerosIsNone) {
    const auto json = log_of(field(9, std::string(16, '\0')) + field(10, "\x01"));
    EXPECT_FALSE(json.contains("trace_id"));
    EXPECT_EQ(json["span_id"], "01");
}

std::string nested(int levels) {
    std::string any = field(1, "x");
    for (int i = 0; i < levels; ++i) any = field(5, field(1, any));
    return any;
}

TEST(FlattenerTest, WhatCannotBeDecodedIsRefusedWhole) {
    const std::string ok = field(1, field(2, field(2, "")));
    const std::vector<std::pair<std::string, std::string>> table = {
        {"\x0a", "a field that is cut off at byte 1"},
        {ok + "\x0a\x05", "a field that is cut off"},
        {number_field(1, 1), "a field of another wire type"},
        {logs_of(number_field(1, 1)), "a field of another wire type"},
        {logs_of(field(2, "x")), "a field of another wire type"},
        {logs_of(body(field(1, "a") + field(1, "b"))), "a value that is two values"},
        {logs_of(body(field(1, "a")) + body(field(1, "b"))), "a message twice"},
        {logs_of(body(nested(60))), "values that are nested too deep"},
        {logs_of(body(nested(4000))), "values that are nested too deep"},
        {logs_of(tag(20, 3)), "a group that has no end"},
        {logs_of(tag(1, 3) + tag(1, 4)), "a field of another wire type"},
        {logs_of(tag(3, 3) + number_field(1, 1) + tag(3, 4)), "a field of another wire type"},
        {logs_of(tag(5, 3) + tag(5, 4)), "a field of another wire type"},
        {logs_of(tag(6, 3) + tag(6, 4)), "a field of another wire type"},
        {field(1, field(2, tag(2, 3) + tag(2, 4))), "a field of another wire type"},
    };
    for (const auto& [request, error] : table) {
        const auto result = flat(Signal::logs, Encoding::protobuf, request);
        EXPECT_THAT(result.error, HasSubstr("Cannot decode OTLP logs payload: "));
        EXPECT_THAT(result.error, HasSubstr(error));
        EXPECT_EQ(result.records, 0);
        EXPECT_EQ(result.text, "");
    }
    EXPECT_EQ(flat(Signal::logs, Encoding::protobuf, logs_of(body(nested(40)))).error, "");
    EXPECT_EQ(flat(Signal::logs, Encoding::protobuf, logs_of(tag(20, 3) + tag(20, 4))).error, "");
}

// Every beginning of a request is refused or is a request, and nothing else happens.
TEST(FlattenerTest, ARequestThatIsCutOffIsNeverHalfARequest) {
    for (const auto signal : kSignals) {
        JsonRequest json;
        const auto whole =
            std::string(json.to_wire(signal, read_file("tests/data/otlp/" +
                                                       std::string(to_string(signal)) + ".json"))
                            .value());
        for (std::size_t size = 1; size < whole.size(); ++size) {
            const auto result = flat(signal, Encoding::protobuf, whole.substr(0, size));
            EXPECT_TRUE(result.error.empty() || result.records == 0);
        }
    }
}

TEST(FlattenerTest, RecordsThatBecomeTooLargeAreRefused) {
    const auto attribute = field(1, field(1, "k") + field(2, field(1, std::string(10'000, 'x'))));
    std::string records;
    for (int i = 0; i < 1000; ++i) records += field(2, "");
    const auto result = flat(Signal::logs, Encoding::protobuf,
                             field(1, field(1, attribute) + field(2, records)), 100'000);
    EXPECT_THAT(result.error, HasSubstr("too large"));
    EXPECT_EQ(result.records, 0);
}

TEST(FlattenerTest, JsonThatIsNoRequestSaysWhereItIsWrong) {
    const auto log = [](const std::string& members) {
        return R"({"resourceLogs": [{"scopeLogs": [{"logRecords": [{}, {)" + members + "}]}]}]}";
    };
    const std::string at = "resourceLogs[0].scopeLogs[0].logRecords[1].";
    const std::vector<std::pair<std::string, std::string>> table = {
        {"", "the body is not JSON"},
        {"[]", "expected an object, found []"},
        {"{", "the body is not JSON"},
        {R"({"resourceLogs": {}})", "resourceLogs: expected an array, found {}"},
        {log(R"("timeUnixNano": "x")"), at + "timeUnixNano: expected a whole number"},
        {log(R"("timeUnixNano": -1)"), at + "timeUnixNano: expected a whole number"},
        {log(R"("timeUnixNano": "18446744073709551616")"), at + "timeUnixNano: expected a whole"},
        {log(R"("severityNumber": "LOUD")"), at + "severityNumber: expected one of the names"},
        {log(R"("severityText": 1)"), at + "severityText: expected a string, found 1"},
        {log(R"("traceId": "12")"), at + "traceId: expected 32 hexadecimal digits, found \"12\""},
        {log(R"("spanId": "eee19b7ec3c1b17z")"), at + "spanId: expected 16 hexadecimal digits"},
        {log(R"("body": {"bytesValue": "?"})"), at + "body.bytesValue: expected base64"},
        {log(R"("body": {"doubleValue": "high"})"), at + "body.doubleValue: expected a number"},
        {log(R"("body": {"stringValue": "a", "intValue": 1})"), "a value that is two values"},
        {log("\"severityText\": \"\xff\""), "the body is not JSON"},
    };
    for (const auto& [request, error] : table) {
        EXPECT_THAT(flat(Signal::logs, Encoding::json, request).error, HasSubstr(error)) << request;
    }
    std::string deep = R"({"resourceLogs": [{"scopeLogs": [{"logRecords": [{"body": )";
    for (int i = 0; i < 80; ++i) deep += R"({"arrayValue": {"values": [)";
    for (int i = 0; i < 80; ++i) deep += "]}}";
    EXPECT_THAT(flat(Signal::logs, Encoding::json, deep + "}]}]}]}").error, HasSubstr("too deep"));
}

TEST(FlattenerTest, ItIsUsedAgainAfterAFault) {
    Flattener flattener(1 << 20);
    EXPECT_FALSE(flattener.flatten(Signal::logs, Encoding::protobuf, "\x0a").ok());
    EXPECT_TRUE(flattener.flatten(Signal::logs, Encoding::protobuf, logs_of("")).ok());
    EXPECT_EQ(flattener.records(), 1);
    flattener.release();
    EXPECT_TRUE(flattener.flatten(Signal::traces, Encoding::json, "{}").ok());
    EXPECT_EQ(flattener.records(), 0);
}

}  // namespace
}  // namespace millrace::otlp
