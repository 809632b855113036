// Goal    templates give what Jsonnet says, and whatever one of them does is its own error.
// Method  real workers: this program is started again as one (see main() below).

#include "templates/template_pool.h"

#include <fmt/format.h>
#include <gmock/gmock.h>
#include <gtest/gtest.h>

#include <cerrno>
#include <csignal>
#include <filesystem>
#include <fstream>
#include <future>
#include <map>
#include <system_error>
#include <thread>

#include "templates/sandbox.h"
#include "templates/worker.h"

namespace millrace::templates {
namespace {

constexpr std::string_view kFailed = "stream.in.templateFailed";
constexpr std::string_view kBusy =
    "stream.in.templatesBusy Too many events wait for templates, please retry later.";
constexpr std::string_view kTooLarge =
    "stream.in.payloadTooLarge the template's value is larger than 1MB";
constexpr std::string_view kRunsAway =
    "std.foldl(function(a, i) std.foldl(function(b, j) b + j, std.range(0, 100000), a), "
    "std.range(0, 100000), 0)";

TemplateRecord event(std::string body) {
    const TemplateRequest request{.arrived_at = parse_utc("2026-01-02T03:04:05.678Z").value(),
                                  .client_ip = "127.0.0.1",
                                  .headers = {{"Content-Type", "application/json"}, {"X-A", "b"}}};
    return {.request = std::make_shared<const TemplateRequest>(request),
            .body = std::move(body),
            .is_json = true,
            .json = std::nullopt};
}

class TemplatePoolTest : public testing::Test {
protected:
    static TemplatePool::Options options() {
        // Without niceness: the machine that tests may have no processor for who gives way.
        return {.command = {"/proc/self/exe", "template-worker"},
                .limits = limits(),
                .suspect_niceness = 0};
    }
    static EvaluationLimits limits() {
        return {.memory_bytes = 64 << 20, .output_bytes = 1 << 20, .time = Milliseconds{300}};
    }

    TemplatePoolTest() : TemplatePoolTest(options()) {}
    explicit TemplatePoolTest(TemplatePool::Options options)
        : pool_(std::move(options),
                {.evaluation_killed =
                     [this](const EvaluationKilled& event) {
                         killed_.with([&](auto& killed) { killed.push_back(event.cause); });
                     },
                 .worker_lost =
                     [this](const Error& error) {
                         lost_.with([&](auto& lost) { lost.push_back(error.operator_text()); });
                     }}) {}

    std::future<TemplateBatch::Values> start(TemplateTexts texts,
                                             std::vector<TemplateRecord> records) {
        auto promise = std::make_shared<std::promise<TemplateBatch::Values>>();
        auto future = promise->get_future();
        const auto submitted =
            pool_.submit({.project = ProjectId(1),
                          .templates = std::make_shared<const TemplateTexts>(std::move(texts)),
                          .records = std::move(records),
                          .done = [promise](TemplateBatch::Values values) {
                              promise->set_value(std::move(values));
                          }});
        EXPECT_TRUE(submitted.ok());
        return future;
    }

    // The value, or the name and cause of its error.
    static std::string text_of(const Result<std::string>& value) {
        if (value.ok()) return value.value();
        return fmt::format("{} {}", value.error().name(), value.error().client_text());
    }

    std::string evaluate(const std::string& text, const std::string& body = "{}") {
        return text_of(start({text}, {event(body)}).get().at(0));
    }

    static std::string failure(std::string_view cause) {
        return fmt::format("{} {}", kFailed, cause);
    }

    Guarded<std::vector<std::string>> killed_;
    Guarded<std::vector<std::string>> lost_;
    TemplatePool pool_;
};

// Limits of size, with time to spare: sanitizers and a busy machine make large values slow.
class TemplatePoolSizesTest : public TemplatePoolTest {
protected:
    TemplatePoolSizesTest() : TemplatePoolTest(with_time_to_spare()) {}

    static TemplatePool::Options with_time_to_spare() {
        auto spare = options();
        spare.limits.time = Milliseconds{20000};
        return spare;
    }
};

TEST_F(TemplatePoolTest, TellsHowManyWorkersThereAre) {
    EXPECT_EQ(pool_.load().workers, 0U) << "nobody needs one";
    EXPECT_EQ(evaluate("1 + 1"), "2");
    EXPECT_EQ(pool_.load().workers, 1U);
    EXPECT_EQ(pool_.load().waiting, 0U);
}

// Goal    without a thread the service goes on, and evaluates when there is one.
// Method  making a thread fails as it does at `ulimit -u`.
TEST_F(TemplatePoolTest, WithoutAThreadEventsAreAnsweredAndItIsTriedAgain) {
    int failures = 1;
    auto with_thread = options();
    with_thread.start_thread = [&failures](std::function<void()> run) {
        if (failures-- > 0) {
            throw std::system_error(EAGAIN, std::generic_category(), "no thread");
        }
        return std::thread(std::move(run));
    };
    std::vector<std::string> lost;
    TemplatePool pool(
        with_thread,
        {.evaluation_killed = [](const EvaluationKilled&) {},
         .worker_lost = [&lost](const Error& error) { lost.push_back(error.operator_text()); }});
    const auto submit = [&pool](std::function<void(TemplateBatch::Values)> done) {
        return pool.submit(
            {.project = ProjectId(1),
             .templates = std::make_shared<const TemplateTexts>(TemplateTexts{"std.length('ab')"}),
             .records = {event("{}")},
             .done = std::move(done)});
    };
    EXPECT_FALSE(pool.is_busy(ProjectId(1), {"std.length('ab')"}));
    const auto refused = submit([](const TemplateBatch::Values&) {});
    ASSERT_FALSE(refused.ok());
    EXPECT_EQ(refused.error().name(), "stream.in.templatesUnavailable");
    EXPECT_EQ(refused.error().code(), Code::overloaded);
    EXPECT_EQ(lost.size(), 1U) << "told of once a second";

    std::promise<TemplateBatch::Values> values;
    while (!submit([&values](TemplateBatch::Values made) {
                values.set_value(std::move(made));
            }).ok()) {
        std::this_thread::yield();
    }
    EXPECT_EQ(text_of(values.get_future().get().at(0)), "2");
}

TEST_F(TemplatePoolTest, EvaluatesJsonnetInFull) {
    const std::string body =
        R"({"user":{"id":"u1"},"event":"buy","items":[{"sku":"a","qty":2,"price":1.5},{"sku":"b","qty":1,"price":4}]})";
    const struct {
        const char* text;
        const char* value;
    } cases[] = {
        {"Body('user.id') + '|' + std.asciiUpper(Body('event'))", R"("u1|BUY")"},
        {"{a: Body('user.id'), b: Body('event')}", R"({"a":"u1","b":"buy"})"},
        {"{skus: std.join(',', [i.sku for i in Body('items')]), total: std.foldl(function(a, i) a "
         "+ "
         "i.qty * i.price, Body('items'), 0)}",
         R"({"skus":"a,b","total":7})"},
        {"local b = Body(); if b.event == 'buy' then b.items[1].sku else null", R"("b")"},
        {"[Ip(), Now(), Now(format='%Y'), Header('x-a'), Header(), HeaderStr(), "
         "std.length(BodyStr())]",
         R"(["127.0.0.1","2026-01-02T03:04:05.678Z","2026","b",)"
         R"({"Content-Type":"application/json","X-A":"b"},)"
         R"("Content-Type: application/json\nX-A: b\n",106])"},
        {"Body(default=1 + 1, path='no')", "2"},
        {"Body('items[0].' + 'sku')", R"("a")"},
        {"|||\n  x\n|||", R"("x\n")"},
        {"1 // a comment", "1"},
    };
    for (const auto& test : cases) {
        EXPECT_EQ(evaluate(test.text, body), test.value) << test.text;
    }
}

TEST_F(TemplatePoolTest, NumbersKeepTheTextTheyWereSentWith) {
    EXPECT_EQ(
        evaluate("local n = Body('n'); [n, n[0]]", R"({"n":[19.90,12345678901234567890,1e5]})"),
        "[[19.90,12345678901234567890,1e5],19.90]");
    EXPECT_EQ(evaluate("Body('n') * 2", R"({"n":1.50})"), "3");
}

TEST_F(TemplatePoolTest, ErrorsNameTheirCause) {
    const std::map<std::string, std::string> cases = {
        {"Body('a.b')", R"(path "a.b" not found in the body)"},
        {"Header('x-no')", R"(header "X-No" not found)"},
        {"Now('%Q')", R"(datetime format "%Q" is invalid: unknown specification "%Q")"},
        {"error 'too ' + 'bad'", "too bad"},
        {"import '/etc/passwd'", R"(couldn't open import "/etc/passwd": imports are not enabled)"},
        {"importstr '/etc/passwd'",
         R"(couldn't open import "/etc/passwd": imports are not enabled)"},
        {"local f(n) = 1 + f(n + 1); f(0)", "max stack frames exceeded."},
        {"std.native('emit')('x')", ""},
        {"Body('a' + '\\u0000b', 'd')", "a text with the character U+0000 cannot be looked up"},
        {"Body(\"a\\u0000\", 'd')", "a text with the character U+0000 cannot be looked up"},
        {"Body (path = 'a\\u0000', default = 1)",
         "a text with the character U+0000 cannot be looked up"},
        {"local b = Body; b('a' + std.char(0), Body('s'))",
         "a text with the character U+0000 cannot be looked up"},
        {"Header('x-a' + '\\u0000', 'd')", "a text with the character U+0000 cannot be looked up"},
        {"Now('%Y' + '\\u0000')", "a text with the character U+0000 cannot be looked up"},
        {"Body(1)", "path must be a string"},
        {"Header(null)", "header must be a string"},
        {"Now(true)", "format must be a string"},
    };
    for (const auto& [text, cause] : cases) {
        const auto value = evaluate(text);
        EXPECT_TRUE(value.starts_with(failure(cause))) << text << " gives " << value;
    }
    EXPECT_EQ(text_of(start({"Body()"}, {[] {
                                auto record = event("<xml>");
                                record.is_json = false;
                                return record;
                            }()})
                          .get()
                          .at(0)),
              " the body is not readable");
    EXPECT_EQ(evaluate("Body('s')", R"({"s":"a\u0000"})").substr(0, kFailed.size()), kFailed);
}

TEST_F(TemplatePoolTest, AFormIsAnObject) {
    auto record = event("a=1");
    record.is_json = false;
    record.json = R"({"a":"1"})";
    EXPECT_EQ(text_of(start({"[BodyStr(), Body('a') + '!']"}, {record}).get().at(0)),
              R"(["a=1","1!"])");
}

TEST_F(TemplatePoolTest, ErrorsTakeNothingFromTheirBatch) {
    std::vector<TemplateRecord> records;
    for (int i = 0; i < 200; ++i) {
        records.push_back(event(i % 3 == 0 ? "{}" : fmt::format(R"({{"v":{}}})", i)));
    }
    const auto values = start({"Body('v') + 1", "'all'"}, records).get();
    ASSERT_EQ(values.size(), 400u);
    for (std::size_t i = 0; i < 200; ++i) {
        const auto expected =
            i % 3 == 0 ? failure(R"(path "v" not found in the body)") : fmt::format("{}", i + 1);
        EXPECT_EQ(text_of(values[2 * i]), expected);
        EXPECT_EQ(text_of(values[2 * i + 1]), R"("all")");
    }
}

TEST_F(TemplatePoolTest, AnEndlessLoopEndsAtItsTimeLimit) {
    EXPECT_EQ(evaluate(std::string(kRunsAway)),
              failure("the template takes more than 300ms of a processor"));
    EXPECT_EQ(evaluate("'next'"), R"("next")");
}

TEST_F(TemplatePoolTest, DeepValuesEndAtTheStack) {
    const auto value =
        evaluate("local deep(n) = if n == 0 then [] else [deep(n - 1)]; deep(100000)");
    EXPECT_TRUE(value.starts_with(kFailed)) << value;
    EXPECT_EQ(evaluate("'next'"), R"("next")");
}

TEST_F(TemplatePoolSizesTest, BombsEndAtTheMemoryLimit) {
    if (!kIsConfined) GTEST_SKIP() << "sanitizers need more memory than a limit allows";
    const auto cause = failure("the template needs more than 64MB of memory");
    EXPECT_EQ(
        evaluate("local x(n) = if n == 0 then 'xxxxxxxx' else local y = x(n - 1); y + y; x(24)"),
        cause);
    EXPECT_EQ(evaluate("std.length(std.range(0, 100000000))"), cause);
    EXPECT_EQ(evaluate("std.repeat('x', 100000000)"), cause);
    EXPECT_EQ(evaluate("'next'"), R"("next")");
}

TEST_F(TemplatePoolSizesTest, AnEventThatDoesNotFitTheMemoryTakesOnlyItself) {
    if (!kIsConfined) GTEST_SKIP() << "sanitizers need more memory than a limit allows";
    const auto huge = fmt::format(R"({{"a":"{}"}})", std::string(70 << 20, 'x'));
    const auto small = R"({"a":"y"})";
    const auto values = start({"Body('a')"}, {event(small), event(huge), event(small)}).get();
    EXPECT_EQ(text_of(values[0]), R"("y")");
    EXPECT_EQ(text_of(values[1]), failure("the template needs more than 64MB of memory"));
    EXPECT_THAT(text_of(values[2]), testing::AnyOf(R"("y")", kBusy));
}

TEST_F(TemplatePoolSizesTest, AValueMayNotBeTooLarge) {
    const auto text =
        "local x(n) = if n == 0 then 'xxxxxxxx' else local y = x(n - 1); y + y; x(18)";
    EXPECT_EQ(evaluate(text), kTooLarge);
    EXPECT_EQ(evaluate("'next'"), R"("next")");
}

TEST_F(TemplatePoolSizesTest, AValueMayNotBeTooLargeByTheTextsOfItsNumbers) {
    const auto body = R"({"n":1.)" + std::string(900 << 10, '0') + "}";
    const auto values = start({"local n = Body('n'); [n, n, n]", "'other'"}, {event(body)}).get();
    EXPECT_EQ(text_of(values[0]), kTooLarge);
    EXPECT_EQ(text_of(values[1]), R"("other")");
    EXPECT_TRUE(lost_.with([](const auto& lost) { return lost.empty(); }));
}

TEST_F(TemplatePoolTest, WhatADeathInterruptsRunsAgain) {
    std::vector<TemplateRecord> records;
    for (int i = 0; i < 16; ++i) records.push_back(event(fmt::format(R"({{"n":{}}})", i)));
    // With one record of them it runs away; it is suspect then, and evaluated apart for the others.
    const auto runs_away =
        "local n = Body('n'); std.foldl(function(a, i) a + i, std.range(0, if n == 7 then "
        "100000000 else n), 0)";
    const auto values = start({runs_away, "Body('n')"}, records).get();
    for (std::size_t i = 0; i < records.size(); ++i) {
        const auto sum = fmt::format("{}", i * (i + 1) / 2);
        if (i == 7) {
            EXPECT_TRUE(text_of(values[2 * i]).starts_with(kFailed));
        } else {
            EXPECT_EQ(text_of(values[2 * i]), sum);
        }
        EXPECT_EQ(text_of(values[2 * i + 1]), fmt::format("{}", i));
    }
    EXPECT_EQ(killed_.with([](const auto& killed) { return killed.size(); }), 1u);
}

// Goal    a request of which every record runs away costs no more than a few evaluations.
//         It does not come again for ever either.
TEST_F(TemplatePoolTest, OneRequestOfRecordsThatRunAwayIsSoonAnswered) {
    const std::vector<TemplateRecord> records(200, event("{}"));
    const auto values = start({std::string(kRunsAway)}, records).get();
    for (const auto& value : values) EXPECT_THAT(text_of(value), testing::StartsWith(kFailed));
    EXPECT_EQ(text_of(values.back()),
              failure("the template was stopped by its limits for 3 records of the request, so it "
                      "was not evaluated for the others"));
    EXPECT_EQ(killed_.with([](const auto& causes) { return causes.size(); }), 3u);
    EXPECT_EQ(evaluate("'good'"), R"("good")");
}

// Goal    a request of any size gets through a template that was stopped once: one that does not
//         fit comes again for ever, and is stored by the other sinks each time.
TEST_F(TemplatePoolTest, ARequestIsEvaluatedAsAWholeApart) {
    const std::string text =
        "local n = Body('n'); std.foldl(function(a, i) a + i, std.range(0, if n == 50 then "
        "100000000 else 1), 0)";
    std::vector<TemplateRecord> records;
    for (int i = 0; i < 100; ++i) records.push_back(event(fmt::format(R"({{"n":{}}})", i)));
    for (int again = 0; again < 2; ++again) {
        while (pool_.is_busy(ProjectId(1), {text})) std::this_thread::yield();  // while it rests
        const auto values = start({text}, records).get();
        for (std::size_t i = 0; i < values.size(); ++i) {
            if (i == 50) {
                EXPECT_THAT(text_of(values[i]), testing::StartsWith(kFailed));
            } else {
                EXPECT_EQ(text_of(values[i]), "1") << i;
            }
        }
    }
}

// Goal    records that lack a field keep nobody from being evaluated.
TEST_F(TemplatePoolTest, TemplatesThatFailAreEvaluatedAsTheOthers) {
    const std::string text = "Body('a')";
    for (int i = 0; i < 20; ++i) EXPECT_THAT(evaluate(text), testing::StartsWith(kFailed));
    auto records = std::vector<TemplateRecord>(200, event("{}"));
    records.back() = event(R"({"a":1})");
    const auto values = start({text}, records).get();
    EXPECT_THAT(text_of(values.front()), testing::StartsWith(kFailed));
    EXPECT_EQ(text_of(values.back()), "1");
    EXPECT_FALSE(pool_.is_busy(ProjectId(1), {text}));
}

TEST_F(TemplatePoolTest, TemplatesThatRunAwayDoNotDelayTheOthers) {
    const std::string bad(kRunsAway);
    EXPECT_TRUE(evaluate(bad).starts_with(kFailed));
    while (!pool_.is_busy(ProjectId(1), {bad})) std::this_thread::yield();  // it has answered first
    while (pool_.is_busy(ProjectId(1), {bad})) std::this_thread::yield();   // while it rests
    std::vector<std::future<TemplateBatch::Values>> stuck;
    for (int i = 0; i < 40; ++i) stuck.push_back(start({bad}, {event("{}")}));
    EXPECT_EQ(evaluate("'quick'"), R"("quick")");
    // The queue of those that run away is short.
    const auto last = stuck.back().get();
    EXPECT_EQ(text_of(last.at(0)), kBusy);
}

// Goal    templates that run away leave the processor to the others.
// Method  once evaluated to its limit it owes nine times its time, and is refused until most of
//         that has passed.
TEST_F(TemplatePoolTest, TemplatesThatRunAwayGetATenthOfAProcessor) {
    const std::string bad(kRunsAway);
    EXPECT_TRUE(evaluate(bad).starts_with(kFailed));
    while (!pool_.is_busy(ProjectId(1), {bad})) std::this_thread::yield();  // it has answered first
    EXPECT_FALSE(pool_.is_busy(ProjectId(1), {bad, "'good'"}));
    EXPECT_EQ(evaluate(bad), kBusy);
    EXPECT_EQ(evaluate("'good'"), R"("good")");
}

// Goal    a new template that runs away is not waited for as long as it may take.
// Method  each of several is ended early and goes on apart; it is told of once, with its own limit.
TEST_F(TemplatePoolTest, NewTemplatesThatRunAwayGoOnApartFromTheOthers) {
    std::vector<std::future<TemplateBatch::Values>> bad;
    for (int i = 0; i < 3; ++i) {
        bad.push_back(start({fmt::format("{} + {}", kRunsAway, i)}, {event("{}")}));
    }
    EXPECT_EQ(evaluate("'quick'"), R"("quick")");
    for (auto& future : bad) {
        EXPECT_THAT(text_of(future.get().at(0)),
                    testing::AnyOf(failure("the template takes more than 300ms of a processor"),
                                   std::string(kBusy)));
    }
    EXPECT_GE(killed_.with([](const auto& killed) { return killed.size(); }), 1U);
    EXPECT_TRUE(lost_.with([](const auto& lost) { return lost.empty(); }));
}

// Goal    a source with many slow events, all of which succeed, keeps no other from its turn.
// Method  far more of them than may wait, in one request; events of another source come after them.
TEST_F(TemplatePoolTest, SourcesHaveTurns) {
    const auto slow = start({"std.foldl(function(a, i) a + i, std.range(0, 1000), 0)"},
                            std::vector<TemplateRecord>(5000, event("{}")));
    EXPECT_EQ(evaluate("'quick'"), R"("quick")");
    EXPECT_EQ(evaluate("'quick'"), R"("quick")");
    EXPECT_NE(slow.wait_for(Milliseconds{0}), std::future_status::ready)
        << "the slow ones were to be still waiting";
    EXPECT_TRUE(killed_.with([](const auto& killed) { return killed.empty(); }));
}

TEST_F(TemplatePoolTest, AWorkerThatWasKilledIsReplaced) {
    ASSERT_EQ(evaluate("1"), "1");
    std::vector<pid_t> workers;
    for (const auto& thread : std::filesystem::directory_iterator("/proc/self/task")) {
        std::ifstream children(thread.path() / "children");
        for (pid_t child = 0; children >> child;) workers.push_back(child);
    }
    ASSERT_EQ(workers.size(), 1u);
    for (const auto worker : workers) ::kill(worker, SIGKILL);
    EXPECT_EQ(evaluate("1 + 1"), "2");
}

TEST_F(TemplatePoolTest, CheckSaysWhereAndWhy) {
    const TemplateTexts texts = {
        "Invalid",        "Body('a'", "1), x = (2", "{\n  a: b }",
        "local x = 1; x", "self.x",   "next",       "std.foo(Body('a', default=1))",
        "import 'x'"};
    const auto problems = pool_.check(texts);
    ASSERT_TRUE(problems.ok());
    const std::vector<std::optional<std::string>> expected = {
        "1:1-8 Unknown variable: Invalid",
        "1:9 expected a comma before next function argument.",
        "1:2 did not expect: \")\"",
        "2:6 Unknown variable: b",
        std::nullopt,
        "1:1-5 Can't use self outside of an object.",
        "1:1-5 Unknown variable: next",
        std::nullopt,
        std::nullopt};
    EXPECT_EQ(problems.value(), expected);
}

TEST_F(TemplatePoolTest, AWrongTemplateOfTheCatalogTakesOnlyItself) {
    const auto values = start({"1), (2", "Invalid", "'right'"}, {event("{}")}).get();
    EXPECT_EQ(text_of(values[0]), failure("the template is invalid"));
    EXPECT_EQ(text_of(values[1]), failure("the template is invalid"));
    EXPECT_EQ(text_of(values[2]), R"("right")");
}

}  // namespace
}  // namespace millrace::templates

int main(int argc, char** argv) {
    if (argc == 2 && std::string_view(argv[1]) == "template-worker") {
        return millrace::templates::run_worker();
    }
    testing::InitGoogleTest(&argc, argv);
    return RUN_ALL_TESTS();
}
