#include "core/mapping/delete_row.h"

#include <gmock/gmock.h>
#include <gtest/gtest.h>

#include <optional>
#include <string>
#include <utility>
#include <vector>

#include "core/base/csv.h"
#include "core/mapping/message_key.h"
#include "core/mapping/source_mapper.h"
#include "tests/support/counting_rng.h"

namespace millrace::mapping {
namespace {

using testing::HasSubstr;

Column column(ColumnType type, std::string name) {
    Column made;
    made.type = type;
    made.name = std::move(name);
    return made;
}

Column of(ColumnType type, std::string argument, std::optional<std::string> default_value = {}) {
    auto made = column(type, "c");
    made.argument = std::move(argument);
    made.default_value = std::move(default_value);
    return made;
}

Column path(std::string text) {
    auto made = column(ColumnType::path, "c");
    made.path = std::move(text);
    return made;
}

// One mapper, one scratch and the record of the test.
class DeleteRowTest : public testing::Test {
protected:
    void compile(const std::vector<std::vector<Column>>& sinks, MappingLimits limits = {},
                 const std::vector<ValueRules>& rules = {}) {
        auto made = SourceMapper::compile(sinks, limits, SecretHeaders::left_out,
                                          PlainText::unsupported, rules);
        ASSERT_TRUE(made.ok()) << made.error().client_text();
        mapper_.emplace(std::move(made).value());
    }
    void begin(std::string_view body) {
        record_.body = body;
        record_.content_type = "application/json";
        mapper_->begin(record_, *scratch_);
    }

    test::CountingRng rng_{test::CountingRng::kLargeStep};
    std::unique_ptr<Scratch, void (*)(Scratch*)> scratch_ = make_scratch(rng_);
    std::optional<SourceMapper> mapper_;
    Record record_{.arrived_at = WallTime{1'767'323'045'678},
                   .client_ip = "2001:db8::1",
                   .headers = {},
                   .content_type = {},
                   .body = {}};
};

// Goal    which row a message without a value deletes is in its key, or the message is refused.
TEST_F(DeleteRowTest, TheKeyOfAMessageSaysWhichRowItDeletes) {
    const auto key = [](Column column) {
        column.name = "k";
        column.primary_key = true;
        return column;
    };
    auto id = path("id");
    id.raw_string = true;
    auto number = id;
    number.data_type = DataType::integer;
    auto with_default = id;
    with_default.default_value = "0";
    struct Row {
        Column column;
        std::optional<std::string_view> key;
        std::string expected;  // the row, or "!" and a part of the error
    };
    const Row table[] = {
        {id, R"({"id": "a\"b", "x": 1})", "-\"a\"\"b\",\n"},
        {id, R"( {"id":7} )", "-\"7\",\n"},
        {id, R"([{"id":7}])", "!path \"id\" not found in the key"},
        {id, R"({"other":7})", "!path \"id\" not found in the key"},
        {with_default, R"({"other":7})", "!path \"id\" not found in the key"},
        {id, "customer-7", "-\"customer-7\",\n"},
        {id, R"("cust\u006fmer-7")", "-\"customer-7\",\n"},
        {id, "007", "-\"007\",\n"},
        {id, "", "-\"\",\n"},
        {path("id"), "a", "-\"\"\"a\"\"\",\n"},
        {number, "12", "-\"12\",\n"},
        {number, "x", "!is not INTEGER"},
        {number, "null", "!a primary key cannot be NULL"},
        {id, std::nullopt, "!neither a value nor a key"},
        {of(ColumnType::kafka_key, "", "d"), std::nullopt, "!neither a value nor a key"},
        {of(ColumnType::kafka_key, ""), R"({"id":7})", "-\"{\"\"id\"\":7}\",\n"},
        {of(ColumnType::kafka_partition, ""), std::nullopt, "-\"3\",\n"},
        {of(ColumnType::kafka_header, "h"), std::nullopt, "-\"1\",\n"},
        {of(ColumnType::kafka_header, "other", "d"), std::nullopt, "!header \"other\" not found"},
        {column(ColumnType::uuid, "k"), "a", "!does not say which row"},
        {column(ColumnType::body, "k"), "a", "!does not say which row"},
    };
    const std::vector<RequestHeader> headers = {{"h", "1"}};
    JsonCheck check;
    for (const auto& row : table) {
        SCOPED_TRACE(std::string(row.key.value_or("(none)")) + " " + row.expected);
        const TopicMessage message{.topic = "t",
                                   .partition = 3,
                                   .offset = 12,
                                   .timestamp = {},
                                   .key = row.key,
                                   .headers = headers,
                                   .is_tombstone = true};
        record_.message = &message;
        record_.content_type = "application/json";
        compile({{key(row.column), path("missing")}});
        const auto body = row.key ? key_as_json(*row.key, check) : std::string("null");
        begin(body);
        std::string out = "before\n";
        const auto made = mapper_->append_delete(0, *scratch_, out);
        if (!row.expected.starts_with('!')) {
            ASSERT_TRUE(made.ok()) << made.error().client_text();
            EXPECT_EQ(out, "before\n" + row.expected);
            continue;
        }
        ASSERT_FALSE(made.ok());
        EXPECT_THAT(made.error().client_text(), HasSubstr(row.expected.substr(1)));
        EXPECT_EQ(out, "before\n");
        EXPECT_EQ(SourceMapper::failed_column(*scratch_), "k");
    }
}

TEST_F(DeleteRowTest, OneValueIsNoKeyOfTwoColumns) {
    std::vector<Column> columns;
    for (const auto* const name : {"tenant", "id"}) {
        auto key = path(name);
        key.name = name;
        key.primary_key = true;
        columns.push_back(std::move(key));
    }
    compile({columns});
    TopicMessage message{.topic = "t",
                         .partition = 3,
                         .offset = 12,
                         .timestamp = {},
                         .key = "7",
                         .headers = {},
                         .is_tombstone = true};
    record_.message = &message;
    std::string out;
    begin("7");
    const auto made = mapper_->append_delete(0, *scratch_, out);
    ASSERT_FALSE(made.ok());
    EXPECT_THAT(made.error().client_text(), HasSubstr("one value"));
    EXPECT_EQ(out, "");

    message.key = R"({"tenant":1,"id":7})";
    begin(*message.key);
    ASSERT_TRUE(mapper_->append_delete(0, *scratch_, out).ok());
    EXPECT_EQ(out, "-\"1\",\"7\"\n");
}

TEST_F(DeleteRowTest, ARecordWithAValueDeletesByWhatItHas) {
    auto id = path("id");
    id.primary_key = true;
    compile({{path("name"), id}, {path("name")}});
    begin(R"({"id": 7})");
    std::string out;
    ASSERT_TRUE(mapper_->append_delete(0, *scratch_, out).ok());
    EXPECT_EQ(out, "-,\"7\"\n");
    const auto unkeyed = mapper_->append_delete(1, *scratch_, out);
    ASSERT_FALSE(unkeyed.ok());
    EXPECT_EQ(unkeyed.error().name(), "stream.in.invalidValue");
    EXPECT_THAT(unkeyed.error().client_text(), HasSubstr("without a primary key"));
}

// Goal    a delete obeys the rules of the target as a row does.
TEST_F(DeleteRowTest, ATargetWithRulesGetsNoKeyThatItCannotHold) {
    auto key = path("k");
    key.raw_string = true;
    key.primary_key = true;
    auto other = key;
    other.path = "o";
    const ValueRules strict{.is_strict = true, .key_bytes_max = 24};
    compile({{key, path("x"), other}, {key, path("x"), other}}, {}, {strict, ValueRules()});
    struct Row {
        std::string body;
        std::string problem;
    };
    const Row table[] = {
        {R"({"k":"\u0000","o":""})", "the text has a NUL, which the target cannot hold"},
        {R"({"k":"12345","o":"6789"})", "the primary key is longer than 24 bytes"},
        {R"({"k":"1234","o":"5678"})", ""},
    };
    for (const auto& row : table) {
        begin(row.body);
        std::string out = "before\n";
        const auto made = mapper_->append_delete(0, *scratch_, out);
        EXPECT_EQ(made.ok(), row.problem.empty()) << row.body;
        if (!made.ok()) {
            EXPECT_EQ(made.error().name(), "stream.in.invalidValue");
            EXPECT_THAT(made.error().client_text(), HasSubstr(row.problem));
            EXPECT_EQ(out, "before\n");
        }
        EXPECT_TRUE(mapper_->append_delete(1, *scratch_, out).ok()) << row.body;
    }
}

TEST_F(DeleteRowTest, AKeyThatIsOverTheLimitOfARowIsRefused) {
    auto key = path("k");
    key.primary_key = true;
    compile({{key}}, {.row_bytes_max = 8});
    begin(R"({"k":"1234567"})");
    std::string out;
    const auto made = mapper_->append_delete(0, *scratch_, out);
    ASSERT_FALSE(made.ok());
    EXPECT_EQ(made.error().code(), Code::too_large);
    EXPECT_EQ(made.error().name(), "stream.in.payloadTooLarge");
    EXPECT_EQ(out, "");
}

}  // namespace
}  // namespace millrace::mapping
