// Goal    compiled templates mean what libjsonnet says they mean.
// Method  generate templates and events, evaluate every pair with both, compare byte for byte,
//         errors included. The one intended difference is undone first: numbers that are only
//         passed on keep their text. MILLRACE_SEED=n tries others; MILLRACE_PAIRS=n tries more.

#include <fmt/format.h>
#include <gtest/gtest.h>

#include <cstdlib>
#include <future>
#include <iostream>
#include <memory>
#include <random>

#include "core/mapping/json_text.h"
#include "core/mapping/json_walk.h"
#include "core/mapping/jsonnet_text.h"
#include "core/mapping/source_mapper.h"
#include "core/mapping/template_program.h"
#include "core/ports/rng.h"
#include "templates/template_pool.h"
#include "templates/worker.h"
#include "tests/differential/jsonnet_oracle.h"
#include "tests/support/counting_rng.h"

namespace millrace::differential {
namespace {

constexpr std::size_t kEventsPerTemplate = 5;
constexpr std::size_t kTemplatesPerRound = 400;

std::uint64_t number_from_environment(const char* name, std::uint64_t otherwise) {
    const char* const text = std::getenv(name);
    return text == nullptr ? otherwise : std::stoull(text);
}

class Generator {
public:
    explicit Generator(std::uint64_t seed) : random_(seed) {}

    // Mostly about what events have; sometimes about what is not there.
    std::string template_text() {
        auto text = below(3) == 0 ? string_expression(3) : any_expression(3);
        if (below(4) == 0) mutate(text);
        return text;
    }

    OracleEvent event() {
        OracleEvent event;
        event.body = fmt::format(
            R"({{"s":{},"n":{},"o":{{"z":{},"a":{}}},"a":[{},{},{{"k":{}}}],"t":{},"x.y":1,"":{}}})",
            json_string(), number(), json(2), json(1), json_string(), number(), json(1), json(3),
            json(0));
        event.ip = below(2) == 0 ? "127.0.0.1" : "2001:db8::1";
        event.headers = {{"Content-Type", "application/json"}, {"X-Value", plain_text()}};
        event.arrived_at = {static_cast<std::int64_t>(below(4'000'000'000'000))};
        return event;
    }

    std::uint64_t below(std::uint64_t end) { return random_() % end; }

private:
    template <std::size_t N>
    std::string one_of(const char* const (&choices)[N]) {
        return choices[below(N)];
    }

    std::string string_expression(int depth) {
        if (depth > 0 && below(2) == 0) {
            const bool first = below(2) == 0;
            const auto text = string_expression(depth - 1);
            const auto other = any_expression(depth - 1);
            return spaced(first ? text : other, "+", first ? other : text);
        }
        switch (below(8)) {
            case 0:
                return "Ip()";
            case 1:
                return one_of({"Now()", "Now('%Y-%m-%d')", "Now(format='%j %H:%M:%S.%f %%')",
                               "Now('%A %e %B, %I %p %y')"});
            case 2:
                return "BodyStr()";
            case 3:
                if (below(8) == 0) return "Header('X-Missing')";
                return one_of({"HeaderStr()", "Header('x-value')", "Header(header='CONTENT-type')",
                               "Header('X-No', 'none')"});
            default:
                return literal();
        }
    }

    std::string any_expression(int depth) {
        switch (below(depth > 0 ? 12 : 8)) {
            case 0:
                return string_expression(depth);
            case 1:
                return one_of({"1", "-3", "0.1", "1e3", "true", "false", "null",
                               "12345678901234567890", "-0", "2.50", "1E-7"});
            case 2:
                return one_of({"Header()", "Header()['X-Value']",
                               "Header(default=1, header='X-No')", "Header('', 1)",
                               "Header(default=Body('no'))"});
            case 3:
            case 4:
            case 5:
            case 6:
                return body(depth);
            case 7:
                return "(" + string_expression(depth) + ")";
            case 8:
            case 9:
                return object(depth);
            default:
                return fmt::format("[{}, {}]", any_expression(depth - 1),
                                   any_expression(depth - 1));
        }
    }

    std::string body(int depth) {
        const auto path =
            below(25) == 0
                ? one_of({"no", "a[7]", "s.x", "o[0]"})
                : one_of({"s", "n", "o", "o.z", "a", "a[0]", "a.1", "a[2].k", "t", "o.a", ".", ""});
        switch (below(6)) {
            case 0:
                return fmt::format("Body('{}', {})", path,
                                   any_expression(depth > 0 ? depth - 1 : 0));
            case 1:
                return fmt::format("Body(default={}, path=\"no.{}\")",
                                   any_expression(depth > 0 ? depth - 1 : 0), path);
            case 2:
                if (below(8) == 0) {
                    return one_of({"Body('s')[1]", "Body('o').no", "Body('a')[3]", "Body('n').x",
                                   "Body('a').k", "Body('s').x", "Body('o')[0]", "Body('s')[99]"});
                }
                return one_of({"Body().s", "Body().o.z", "Body('a')[0]", "Body().a[2]['k']",
                               "Body()['x.y']", "Body('o') . a", "Body('')[\"\"]"});
            default:
                return fmt::format("Body('{}')", path);
        }
    }

    std::string object(int depth) {
        const auto first = one_of({"a", "'b c'", "\"d\"", "z_1"});
        const auto second = one_of({"e", "'\\u00e9'", "Ab"});
        return fmt::format("{{{}: {}, {}: {}{}}}", first, any_expression(depth - 1), second,
                           any_expression(depth - 1), below(2) == 0 ? "," : "");
    }

    std::string literal() {
        return one_of({"''", "'|'", "\"a\\tb\"", "'\\u00e9\\ud83d\\ude00'", "'it\\'s'",
                       "\"\\u0001\\u007f\"", "'\xc3\xa9\xc2\x85\xe2\x80\xa8'", "'a\nb'",
                       "'\\/\\\\'", "'<&>'"});
    }

    std::string spaced(const std::string& left, const char* sign, const std::string& right) {
        const auto* const before = below(2) == 0 ? " " : "";
        const auto after = one_of({" ", "", "\n", " /* why */ ", " // why\n", "# why\n"});
        return left + before + sign + after + right;
    }

    void mutate(std::string& text) {
        constexpr std::string_view kPieces[] = {
            " ", "+", "(", ")",  "'",  ",",  ".",  "[", "]", "{", "}", ":", "-",  "0",     "1",
            "e", "$", "s", "\n", "\\", "//", "/*", "#", "%", "=", "!", "~", "\"", "local "};
        const auto at = below(text.size() + 1);
        if (below(2) == 0 && at < text.size()) {
            text.erase(at, 1 + below(2));
        } else {
            text.insert(at, kPieces[below(std::size(kPieces))]);
        }
    }

    std::string number() {
        return one_of({"0", "1", "-7", "1.50", "1e5", "0.1", "19.90", "12345678901234567890",
                       "1E-7", "-0.0", "123456789012345678", "4.35", "1e300"});
    }

    std::string json_string() {
        return one_of({R"("")", R"("ada")", R"("a\"b\\c\/d")", R"("\u0041\u00e9\n\t")",
                       "\"\xc3\xa9\"", R"("\ud83d\ude00")", R"("\u0001\u001f\u007f\u0085")",
                       "\"<&>\xe2\x80\xa8\"",
                       R"("0123456789 a longer text that fills several blocks of a scanner")"});
    }

    std::string plain_text() { return one_of({"", "v", "a b", "q\"uote", "\xc3\xa9"}); }

    std::string json(int depth) {
        switch (below(depth > 0 ? 6 : 4)) {
            case 0:
                return number();
            case 1:
                return json_string();
            case 2:
                return one_of({"true", "false", "null"});
            case 3:
                return one_of({"[]", "{}", "[ ]", "{ }"});
            case 4:
                return fmt::format("[{}, {}]", json(depth - 1), json(depth - 1));
            default:
                return fmt::format("{{\"b\" : {},\"a\":{}, \"\\u0062b\":{}}}", json(depth - 1),
                                   json(depth - 1), json(depth - 1));
        }
    }

    std::mt19937_64 random_;
};

// JSON with its numbers as Jsonnet prints them.
std::string with_jsonnet_numbers(std::string_view json) {
    std::string out;
    for (std::size_t at = 0; at < json.size();) {
        if (json[at] == '"') {
            const auto bytes = mapping::json_string_bytes(json.substr(at));
            out.append(json.substr(at, bytes));
            at += bytes;
        } else if (json[at] == '-' || (json[at] >= '0' && json[at] <= '9')) {
            const auto end = std::min(json.find_first_of(",]}", at), json.size());
            const auto number = mapping::jsonnet_double(json.substr(at, end - at));
            out.append(mapping::jsonnet_number(number.value_or(0)));
            at = end;
        } else {
            out.push_back(json[at++]);
        }
    }
    return out;
}

// What a column of the template gives: the cell, or the cause of its error.
OracleAnswer map(const std::string& text, const OracleEvent& event, bool raw_string) {
    static test::CountingRng rng(test::CountingRng::kLargeStep);
    static const auto scratch = mapping::make_scratch(rng);
    Column column;
    column.type = ColumnType::jsonnet;
    column.name = "c";
    column.template_text = text;
    column.raw_string = raw_string;
    const auto mapper = mapping::SourceMapper::compile({{column}}, {});
    std::vector<RequestHeader> headers = {{"Authorization", "secret"}, {"x-value", ""}};
    headers[1].value = event.headers.at(1).second;
    headers.push_back({"CONTENT-TYPE", "application/json"});
    const Record record{.arrived_at = event.arrived_at,
                        .client_ip = event.ip,
                        .headers = headers,
                        .content_type = "application/json",
                        .body = event.body};
    mapper.value().begin(record, *scratch);
    std::string row;
    const auto mapped = mapper.value().append_row(0, *scratch, row);
    if (!mapped.ok()) {
        EXPECT_EQ(mapped.error().name(), "stream.in.templateFailed");
        constexpr std::string_view kPrefix = "column \"c\": ";
        return {.value = {}, .error = mapped.error().client_text().substr(kPrefix.size())};
    }
    std::string cell;
    for (std::size_t at = 1; at + 2 < row.size(); ++at) {
        cell.push_back(row[at]);
        if (row[at] == '"') ++at;
    }
    return {.value = cell, .error = {}};
}

// The cell with rawString that belongs to one without.
std::string raw_of(const std::string& cell) {
    return cell.front() == '"' ? mapping::unquoted(cell) : cell;
}

void expect_equal(const std::string& text, const OracleEvent& event, const OracleAnswer& jsonnet) {
    SCOPED_TRACE("template: " + text + "\nevent: " + event.body);
    const auto compiled = map(text, event, false);
    EXPECT_EQ(compiled.error.value_or(""), jsonnet.error.value_or(""));
    EXPECT_EQ(with_jsonnet_numbers(compiled.value), jsonnet.value);
    const auto raw = map(text, event, true);
    EXPECT_EQ(raw.error.value_or(""), jsonnet.error.value_or(""));
    if (jsonnet.error) return;
    EXPECT_EQ(raw.value, raw_of(compiled.value));
}

TEST(TemplatesDifferentialTest, CompiledTemplatesMeanWhatJsonnetSays) {
    const auto seed = number_from_environment("MILLRACE_SEED", 1);
    const auto wanted = number_from_environment("MILLRACE_PAIRS", 10'000);
    std::cout << "MILLRACE_SEED=" << seed << "\n";
    SCOPED_TRACE(fmt::format("MILLRACE_SEED={}", seed));
    Generator generator(seed);
    std::size_t done = 0, errors = 0, refused = 0;
    while (done < wanted && !HasFailure()) {
        std::vector<std::string> templates;
        std::vector<OracleEvent> events;
        std::vector<OraclePair> pairs;
        while (templates.size() < kTemplatesPerRound && done + pairs.size() < wanted) {
            auto text = generator.template_text();
            if (!mapping::TemplateProgram::compile(text).ok()) {
                ++refused;
                continue;
            }
            for (std::size_t i = 0; i < kEventsPerTemplate; ++i) {
                pairs.push_back({.template_index = templates.size(), .event_index = events.size()});
                events.push_back(generator.event());
            }
            templates.push_back(std::move(text));
        }
        const auto answers = ask_jsonnet(templates, events, pairs);
        for (std::size_t i = 0; i < pairs.size() && !HasFailure(); ++i) {
            expect_equal(templates[pairs[i].template_index], events[pairs[i].event_index],
                         answers[i]);
            if (answers[i].error) ++errors;
        }
        done += pairs.size();
    }
    std::cout << done << " pairs, " << errors << " of them errors; " << refused
              << " texts were not compiled\n";
    if (wanted < 1000) return;
    EXPECT_GT(errors, wanted / 200) << "errors are to be compared too";
    EXPECT_LT(refused, wanted / 5 / 3) << "most templates are to be compiled";
}

// What a worker gives for every template on every event, at [event * templates + template].
TemplateBatch::Values evaluate(Evaluator& evaluator, const TemplateTexts& texts,
                               const std::vector<OracleEvent>& events) {
    TemplateBatch batch{.project = ProjectId(1),
                        .templates = std::make_shared<const TemplateTexts>(texts),
                        .records = {},
                        .done = nullptr};
    for (const auto& event : events) {
        const TemplateRequest request{
            .arrived_at = event.arrived_at, .client_ip = event.ip, .headers = event.headers};
        batch.records.push_back({.request = std::make_shared<const TemplateRequest>(request),
                                 .body = event.body,
                                 .is_json = true,
                                 .json = std::nullopt});
    }
    std::promise<TemplateBatch::Values> promise;
    batch.done = [&](TemplateBatch::Values values) { promise.set_value(std::move(values)); };
    EXPECT_TRUE(evaluator.submit(std::move(batch)).ok());
    return promise.get_future().get();
}

// Nobody can tell which of the two engines has evaluated a template.
TEST(TemplatesDifferentialTest, WorkersMeanWhatCompiledTemplatesMean) {
    const auto seed = number_from_environment("MILLRACE_SEED", 1);
    const auto wanted = number_from_environment("MILLRACE_PAIRS", 10'000) / 5;
    std::cout << "MILLRACE_SEED=" << seed << "\n";
    Generator generator(seed + 1'000'000);
    templates::TemplatePool pool(
        {.command = {"/proc/self/exe", "template-worker"},
         .limits = {.time = Milliseconds{60'000}}},
        {.evaluation_killed = [](const auto& event) { ADD_FAILURE() << event.template_text; },
         .worker_lost = [](const Error& error) { ADD_FAILURE() << error.operator_text(); }});
    constexpr std::size_t kTemplates = 100;  // of a batch: a new one begins the worker anew
    for (std::size_t done = 0; done < wanted && !HasFailure();) {
        TemplateTexts texts;
        while (texts.size() < kTemplates) {
            auto text = generator.template_text();
            if (mapping::TemplateProgram::compile(text).ok()) texts.push_back(std::move(text));
        }
        std::vector<OracleEvent> events;
        for (std::size_t i = 0; i < kEventsPerTemplate; ++i) events.push_back(generator.event());
        const auto values = evaluate(pool, texts, events);
        for (std::size_t i = 0; i < values.size() && !HasFailure(); ++i, ++done) {
            const auto& text = texts[i % kTemplates];
            const auto& event = events[i / kTemplates];
            SCOPED_TRACE(
                fmt::format("MILLRACE_SEED={}\ntemplate: {}\nevent: {}", seed, text, event.body));
            const auto compiled = map(text, event, false);
            const auto& value = values[i];
            EXPECT_EQ(compiled.error.value_or(""), value.ok() ? "" : value.error().client_text());
            EXPECT_EQ(with_jsonnet_numbers(compiled.value),
                      value.ok() ? with_jsonnet_numbers(value.value()) : "");
        }
    }
}

}  // namespace
}  // namespace millrace::differential

int main(int argc, char** argv) {
    if (argc == 2 && std::string_view(argv[1]) == "template-worker") {
        return millrace::templates::run_worker();
    }
    testing::InitGoogleTest(&argc, argv);
    return RUN_ALL_TESTS();
}
