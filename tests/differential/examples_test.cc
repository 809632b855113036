// Goal    the examples of templates/examples give what is written beside them, in libjsonnet.
// Method  ask it for each. What the compiled engine makes of those it knows is a test of its own.

#include <gtest/gtest.h>

#include "core/base/time.h"
#include "tests/differential/jsonnet_oracle.h"
#include "tests/support/template_example.h"

namespace millrace::differential {
namespace {

// Numbers that are only passed on keep their digits in cells, libjsonnet prints its own.
nlohmann::json value_of(const std::string& text) {
    auto value = nlohmann::json::parse(text, nullptr, false);
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
        events.push_back({.body = example.body,
                          .ip = "192.0.2.7",
                          .headers = {example.headers.begin(), example.headers.end()},
                          .arrived_at = WallTime{1'767'323'045'678}});
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
