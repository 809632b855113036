// Goal    an evaluation that is ended from outside is nobody's error.
// Method  a real worker (see main() of template_pool_test.cc), whose processes are killed or
//         stopped while they evaluate.

#include "templates/lane.h"

#include <fmt/format.h>
#include <gmock/gmock.h>
#include <gtest/gtest.h>

#include <csignal>
#include <filesystem>
#include <fstream>
#include <future>
#include <iterator>
#include <sstream>
#include <thread>

namespace millrace::templates {
namespace {

// Sums the numbers up to 1000 so many times.
std::string sums(int times) {
    return fmt::format(
        "std.foldl(function(a, i) std.foldl(function(b, j) b + j, std.range(0, 1000), a), "
        "std.range(1, {}), 0)",
        times);
}

const std::string kEndless = sums(1'000'000);

std::vector<pid_t> children_of(const std::string& process) {
    std::vector<pid_t> found;
    std::error_code gone;
    for (const auto& thread :
         std::filesystem::directory_iterator("/proc/" + process + "/task", gone)) {
        std::ifstream children(thread.path() / "children");
        for (pid_t child = 0; children >> child;) found.push_back(child);
    }
    return found;
}

// Whether the process has used some time of a processor: one that was just forked has not, and one
// that waits for a batch has used next to none.
bool is_working(pid_t process) {
    std::ifstream stat("/proc/" + std::to_string(process) + "/stat");
    std::string text;
    std::getline(stat, text);  // nothing where the process has gone
    const auto behind_name = text.rfind(')');
    if (behind_name == std::string::npos) return false;
    std::istringstream fields(text.substr(behind_name + 1));
    std::string skipped;
    fields >> skipped;
    if (skipped == "Z" || skipped == "T") return false;
    for (int field = 4; field < 14; ++field) fields >> skipped;
    int ticks = 0;  // proc(5): utime
    fields >> ticks;
    return ticks >= 5;
}

struct Evaluating {
    pid_t keeper = 0;
    pid_t process = 0;
};

// What evaluates at the moment.
std::optional<Evaluating> evaluating() {
    for (const auto keeper : children_of("self")) {
        for (const auto process : children_of(std::to_string(keeper))) {
            if (is_working(process)) return Evaluating{.keeper = keeper, .process = process};
        }
    }
    return std::nullopt;
}

class LaneTest : public testing::Test {
protected:
    // Evaluates the template on some records, and does something to each evaluation, at most so
    // often, until there are values.
    template <typename Interfere>
    TemplateBatch::Values evaluate(const std::string& text, std::size_t records, int times,
                                   Interfere interfere) {
        Lane lane(options_, conduct_, events_, [](const auto&) { return false; });
        auto future = start(lane, text, records);
        while (future.wait_for(Milliseconds{0}) != std::future_status::ready) {
            const auto now = evaluating();
            if (now && interfered_ < times) {
                interfere(*now);
                ++interfered_;
                while (is_working(now->process)) std::this_thread::yield();
            }
            std::this_thread::yield();
        }
        return future.get();
    }

    static std::future<TemplateBatch::Values> start(Lane& lane, const std::string& text,
                                                    std::size_t records) {
        auto promise = std::make_shared<std::promise<TemplateBatch::Values>>();
        auto future = promise->get_future();
        TemplateBatch batch{.project = ProjectId(1),
                            .templates = std::make_shared<const TemplateTexts>(TemplateTexts{text}),
                            .records = std::vector<TemplateRecord>(
                                records, {.request = std::make_shared<const TemplateRequest>(),
                                          .body = "{}",
                                          .is_json = true,
                                          .json = std::nullopt}),
                            .done = [promise](TemplateBatch::Values values) {
                                promise->set_value(std::move(values));
                            }};
        const auto job = std::make_shared<TemplateJob>(std::move(batch));
        Items items;
        for (std::uint32_t i = 0; i < records; ++i) {
            items.push_back({.job = job, .item = {.record_index = i, .template_index = 0}});
        }
        lane.add(std::move(items));
        return future;
    }

    static constexpr int kAlways = 1000;

    int interfered_ = 0;
    Conduct conduct_;
    // Of one value of kEndless.
    void expect_nobodys_fault(const TemplateBatch::Values& values) {
        EXPECT_EQ(values.at(0).error().name(), "stream.in.templatesBusy");
        EXPECT_FALSE(conduct_.is_suspect(kEndless));
        EXPECT_EQ(killed_.with([](auto killed) { return killed; }), 0);
    }

    Guarded<int> killed_{0};
    Guarded<int> lost_{0};
    const TemplateEvents events_{
        .evaluation_killed =
            [this](const EvaluationKilled&) { killed_.with([](auto& killed) { ++killed; }); },
        .worker_lost = [this](const Error&) { lost_.with([](auto& lost) { ++lost; }); }};
    LaneOptions options_{.command = {"/proc/self/exe", "template-worker"},
                         .limits = {.time = Milliseconds{60'000}},
                         .watchdog = Milliseconds{60'000}};
};

// Goal    a template that nobody knows yet, and that runs away, is not waited for by one that has
//         succeeded before.
// Method  both are in the queue at once, the new one first; it never ends.
TEST_F(LaneTest, WhatHasSucceededBeforeSharesNoTurnWithWhatIsNew) {
    const std::string known = "1 + 1";
    conduct_.succeeded(known);
    Lane lane(options_, conduct_, events_, [](const auto&) { return false; });
    auto promise = std::make_shared<std::promise<TemplateBatch::Values>>();
    auto future = promise->get_future();
    Items items;
    for (const auto& text : {kEndless, known}) {
        TemplateBatch batch{
            .project = ProjectId(1),
            .templates = std::make_shared<const TemplateTexts>(TemplateTexts{text}),
            .records = {{.request = std::make_shared<const TemplateRequest>(),
                         .body = "{}",
                         .is_json = true,
                         .json = std::nullopt}},
            .done = [promise, is_known = text == known](TemplateBatch::Values values) {
                if (is_known) promise->set_value(std::move(values));
            }};
        items.push_back({.job = std::make_shared<TemplateJob>(std::move(batch)),
                         .item = {.record_index = 0, .template_index = 0}});
    }
    lane.add(std::move(items));
    EXPECT_EQ(future.get().at(0).value(), "2");
}

TEST_F(LaneTest, AnEvaluationThatWasKilledOnceRunsAgain) {
    const auto values =
        evaluate(sums(8), 3, 1, [](const auto& now) { ::kill(now.process, SIGKILL); });
    for (const auto& value : values) {
        ASSERT_TRUE(value.ok()) << value.error().client_text();
        EXPECT_EQ(value.value(), "4004000");
    }
    EXPECT_EQ(interfered_, 1);
}

TEST_F(LaneTest, AnEvaluationThatIsKilledAgainIsBusyAndNotSuspect) {
    const auto values =
        evaluate(kEndless, 1, kAlways, [](const auto& now) { ::kill(now.process, SIGKILL); });
    expect_nobodys_fault(values);
    EXPECT_EQ(interfered_, 2);
    EXPECT_EQ(lost_.with([](auto lost) { return lost; }), 2);
}

TEST_F(LaneTest, AnEvaluationWhoseKeeperIsKilledIsBusyAndNotSuspect) {
    const auto values =
        evaluate(kEndless, 1, kAlways, [](const auto& now) { ::kill(now.keeper, SIGKILL); });
    expect_nobodys_fault(values);
    EXPECT_EQ(interfered_, 2);
}

TEST_F(LaneTest, AnEvaluationThatGetsNoProcessorIsBusyAndNotSuspect) {
    options_.watchdog = Milliseconds{500};
    const auto values =
        evaluate(kEndless, 1, kAlways, [](const auto& now) { ::kill(now.process, SIGSTOP); });
    expect_nobodys_fault(values);
}

// Goal    the end of the service does not wait for a worker that hangs while it starts.
// Method  a program in its place that never says that it is ready, and that would be waited for
//         half a minute.
TEST_F(LaneTest, TheEndDoesNotWaitForAWorkerThatNeverBecomesReady) {
    options_.command = {"/bin/sleep", "1000"};
    auto lane = std::make_unique<Lane>(options_, conduct_, events_, [](auto&) { return false; });
    auto values = start(*lane, "1 + 1", 1);
    while (children_of("self").empty()) std::this_thread::yield();
    auto end = std::async(std::launch::async, [&lane] { lane.reset(); });
    EXPECT_EQ(end.wait_for(std::chrono::seconds{15}), std::future_status::ready);
    EXPECT_EQ(values.get().at(0).error().name(), "stream.in.templatesUnavailable");
    EXPECT_EQ(lost_.with([](auto lost) { return lost; }), 0);
}

}  // namespace
}  // namespace millrace::templates
