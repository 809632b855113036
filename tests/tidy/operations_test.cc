// Goal    docs/operations.md says of every event in the log that calls for action what it means and
//         what to do.
// Method  read the names that the product gives to log::warn, log::error and its metrics, and
//         compare them with those on the page, in both directions.

#include <gtest/gtest.h>

#include <filesystem>
#include <fstream>
#include <iterator>
#include <regex>
#include <set>
#include <string>

namespace fs = std::filesystem;

namespace {

constexpr auto kPage = "docs/operations.md";

std::string content_of(const fs::path& path) {
    std::ifstream file(path);
    return {std::istreambuf_iterator<char>(file), {}};
}

// The first group of every match of `pattern` in the text.
std::set<std::string> names_in(const std::string& text, const std::string& pattern) {
    const std::regex wanted(pattern);
    std::set<std::string> names;
    for (auto at = std::sregex_iterator(text.begin(), text.end(), wanted);
         at != std::sregex_iterator(); ++at) {
        names.insert((*at)[1]);
    }
    return names;
}

std::set<std::string> names_in_product(const std::string& pattern) {
    std::set<std::string> names;
    for (const auto* top : {"core", "storage", "templates", "api"}) {
        for (const auto& entry : fs::recursive_directory_iterator(top)) {
            const auto extension = entry.path().extension();
            if (extension != ".h" && extension != ".cc") continue;
            names.merge(names_in(content_of(entry.path()), pattern));
        }
    }
    return names;
}

// Events stand in the first column of a table, with the level as lines have it: | `event` | error |
std::set<std::string> events_on_page() {
    return names_in(content_of(kPage), R"(\n\| `([a-z_]+)` \| (?:warning|error) )");
}

TEST(OperationsTest, EveryEventThatCallsForActionIsOnThePage) {
    const auto events = names_in_product(R"rx(log::(?:warn|error)\(\s*"([a-z_]+)")rx");
    EXPECT_GT(events.size(), 10U) << "run from the root of the source tree";
    const auto on_page = events_on_page();
    for (const auto& event : events) {
        EXPECT_TRUE(on_page.contains(event))
            << "log event " << event << ": " << kPage << " needs a row `" << event
            << "`: what it means and what to do";
    }
}

TEST(OperationsTest, ThePageNamesNoEventThatIsNeverLogged) {
    const auto events = names_in_product(R"rx(log::(?:warn|error)\(\s*"([a-z_]+)")rx");
    for (const auto& event : events_on_page()) {
        EXPECT_TRUE(events.contains(event)) << kPage << ": nothing logs " << event;
    }
}

TEST(OperationsTest, AlertsAreMadeOfMetricsThatExist) {
    const auto metrics = names_in_product(R"rx("(millrace_[a-z_]+)")rx");
    EXPECT_GT(metrics.size(), 10U);
    for (const auto& metric : names_in(content_of(kPage), R"((\bmillrace_[a-z_]+))")) {
        const auto family = std::regex_replace(metric, std::regex("_(bucket|sum|count)$"), "");
        EXPECT_TRUE(metrics.contains(metric) || metrics.contains(family))
            << kPage << ": there is no metric " << metric;
    }
}

}  // namespace
