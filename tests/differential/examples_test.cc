// Goal    the examples of templates/examples give what is written beside them, in libjsonnet.
// Method  ask it for each. What the compiled engine makes of those it knows is a test of its own.

#include <gtest/gtest.h>

#include "core/base/time.h"
#include "core/mapping/header_list.h"
#include "tests/differential/jsonnet_oracle.h"
#include "tests/support/template_example.h"

namespace millrace::differential {
namespace {

// Numbers that are only passed on keep their digits in cells; libjsonnet knows doubles only.
nlohmann::json value_of(const std::string& text) {
    const auto to_double = [](int, nlohmann::json::parse_event_t, nlohmann::json& parsed) {
        if (parsed.is_number()) parsed = parsed.get<double>();
        return true;
    };
    auto value = nlohmann::json::parse(text, to_double, false);
    return value.is_discarded() ? nlohmann::json(text) : value;
}

TEST(TemplateExamplesTest, EachGivesWhatIsWrittenBesideIt) {
    const auto examples = testing_support::template_examples();
    EXPECT_GE(examples.size(), 7U) << "run from the root of the source tree";
    std::vector<std::string> templates;
    std::vector<OracleEvent> events;
    std::vector<OraclePair> pairs;
    for (const auto& example : examples) {
        pairs.push_back({.template_index = templates.size(), .event_index = events.size()});
        templates.push_back(example.text);
        auto& event = events.emplace_back();
        event = {.body = example.body,
                 .ip = "192.0.2.7",
                 .headers = {},
                 .arrived_at = WallTime{1'767'323'045'678}};
        for (const auto& [name, value] : example.headers) {
            auto& header = event.headers.emplace_back("", value);
            mapping::append_canonical_header(header.first, name);
        }
    }
    const auto answers = ask_jsonnet(templates, events, pairs);
    ASSERT_EQ(answers.size(), examples.size());
    for (std::size_t i = 0; i < examples.size(); ++i) {
        SCOPED_TRACE(examples[i].name);
        ASSERT_FALSE(answers[i].error) << *answers[i].error;
        EXPECT_EQ(value_of(answers[i].value), value_of(examples[i].expected));
    }
}

}  // namespace
}  // namespace millrace::differential
