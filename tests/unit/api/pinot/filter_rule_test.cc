#include "api/pinot/filter_rule.h"

#include <fmt/format.h>
#include <gmock/gmock.h>
#include <gtest/gtest.h>

#include <fstream>
#include <sstream>

#include "api/kafka/record_filter.h"
#include "storage/expressions/sqlite_expressions.h"
#include "tests/unit/api/pinot/pinot_documents.h"

namespace millrace::pinot {
namespace {

using testing::HasSubstr;

class FilterRuleTest : public testing::Test {
protected:
    FilterRuleTest() {
        PinotFindings findings;
        schema_ = read_pinot_schema(Json::parse(kTranscriptSchema), findings);
        EXPECT_TRUE(findings.is_fine());
    }

    // "drops", "keeps", or what is wrong.
    std::string fate_of(std::string_view record, std::string_view function) {
        const auto rule = filter_rule(function, schema_, transforms_);
        if (!rule.ok()) return rule.error().client_text();
        auto filter = kafka::RecordFilter::make(rule.value(), expressions_, WallTime{0});
        if (!filter.ok()) return rule.value().expression + ": " + filter.error().client_text();
        const auto drops = filter.value()->is_true_of(record);
        if (!drops.ok()) return drops.error().client_text();
        return drops.value() ? "drops" : "keeps";
    }

    PinotSchema schema_;
    std::vector<PinotTransform> transforms_;
    expressions::SqliteExpressions expressions_;
};

TEST_F(FilterRuleTest, DropsTheMessagesForWhichItIsTrue) {
    const auto* const record = R"({"studentID": 205, "firstName": "Natalie", "gender": "Female",
        "score": 3.5, "timestamp": 1571900400000, "other": "12", "ok": true, "off": false, "nothing": null,
        "object": {"a": {"b": "x", "n": 7, "d": 1.5}}})";
    const std::pair<const char*, const char*> cases[] = {
        {"studentID = 205", "drops"},
        {"studentID > 1000", "keeps"},
        {"score >= 3.5 AND gender = 'Female'", "drops"},
        {"equals(gender, 'Male')", "keeps"},
        {"NOT gender IN ('Male', 'Other')", "drops"},
        {"and(greaterThan(score, 3), lessThanOrEqual(score, 3.5), notEquals(gender, 'x'))",
         "drops"},
        {"or(false, is_null(nothing))", "drops"},
        {"missing = 1", "keeps"},
        {"NOT missing = 1", "keeps"},
        {"missing IS NULL AND firstName IS NOT NULL", "drops"},
        {"other > 9", "drops"},
        {"score BETWEEN 3 AND 4", "drops"},
        {"firstName LIKE 'Nat%'", "drops"},
        {"startsWith(firstName, 'Nat') and endsWith(firstName, 'x')", "keeps"},
        {"substr(firstName, 0, 3) = 'Nat' and substr(firstName, 5) = 'ie'", "drops"},
        {"concat(firstName, gender, '-') = 'Natalie-Female'", "drops"},
        {"upper(lower(trim(' a '))) = 'A'", "drops"},
        {"strlen(firstName) = 7 and replace(firstName, 'Nat', 'x') = 'xalie'", "drops"},
        {"toEpochDays(\"timestamp\") = 18193", "drops"},
        {"to_epoch_hours_bucket(\"timestamp\", 5) = 87327", "drops"},
        {"toEpochSecondsRounded(\"timestamp\", 60) = 1571900400", "drops"},
        {"fromEpochSeconds(2) = 2000 and abs(-1) = 1 and floor(1.5) = 1 and ceil(1.5) = 2",
         "drops"},
        {"studentID + 5 * 2 - 10 / 2 = 210", "drops"},
        {"mod(studentID, 2) = 1", "drops"},
        {"jsonPathString(object, '$.a.b') = 'x' and jsonPathLong(object, '$.a.n') = 7", "drops"},
        {"jsonPathDouble(object, '$.a.d') = 1.5", "drops"},
        {"jsonPathString(object, '$.a.z', 'none') = 'none'", "drops"},
        {"firstName = 'it''s \\'", "keeps"},
        {"ok", "drops"},
        {"ok = true", "drops"},
        {"off", "keeps"},
    };
    for (const auto& [function, fate] : cases)
        EXPECT_EQ(fate_of(record, function), fate) << function;
    EXPECT_EQ(fate_of("no JSON", "isNull(gender)"), "keeps");
    EXPECT_EQ(fate_of("[]", "isNull(gender)"), "keeps");
}

TEST_F(FilterRuleTest, SeesWhatTransformsMake) {
    transforms_ = {{.column = "subject", .function = "lower(topic)"},
                   {.column = "lastName", .function = "concat(subject, 'x')"}};
    EXPECT_EQ(fate_of(R"({"topic": "Maths"})", "subject = 'maths'"), "drops");
    EXPECT_EQ(fate_of(R"({"topic": "Maths"})", "lastName = 'mathsx'"), "drops");
    EXPECT_EQ(fate_of(R"({"topic": "Maths", "subject": "own"})", "subject = 'own'"), "drops");
    transforms_[0].function = "lower(lastName)";
    EXPECT_THAT(fate_of("{}", "subject = 'a'"), HasSubstr("circle"));
}

TEST_F(FilterRuleTest, SaysWhatIsNotThere) {
    EXPECT_THAT(fate_of("{}", "Groovy({x > 1}, x)"), HasSubstr("Groovy filter (or transform)"));
    EXPECT_THAT(fate_of("{}", "sha256(a) = 'x'"), HasSubstr("no function 'sha256'"));
    EXPECT_THAT(fate_of("{}", "now() > 1"), HasSubstr("no function 'now'"));
    EXPECT_THAT(fate_of("{}", "equals(a)"), HasSubstr("does not take 1 arguments"));
    EXPECT_THAT(fate_of("{}", "__key = 'a'"), HasSubstr("no field of the message"));
}

// Goal    the functions of docs/pinot.md are those that are there, and each is SQL.
TEST_F(FilterRuleTest, EachFunctionIsInTheDocumentAndCompiles) {
    std::ifstream file("docs/pinot.md");
    std::stringstream text;
    text << file.rdbuf();
    auto document = text.str();
    document = document.substr(document.find("### Filters"));
    document = document.substr(0, document.find("## Consumption"));
    for (const auto name : filter_functions()) {
        EXPECT_THAT(document, HasSubstr(fmt::format("`{}`", name)));
        bool is_taken = false;
        for (const auto* arguments : {"(1)", "(1, 2)", "(1, 2, 3)", "(score, '$.a')"}) {
            const auto fate = fate_of("{}", std::string(name) + arguments);
            is_taken = is_taken || fate == "keeps" || fate == "drops";
        }
        EXPECT_TRUE(is_taken) << name;
    }
}

}  // namespace
}  // namespace millrace::pinot
