#include "api/control/playground_resource.h"

#include <fmt/format.h>

#include <algorithm>
#include <chrono>
#include <cstddef>
#include <optional>
#include <string>
#include <utility>
#include <vector>

#include "api/control/api_errors.h"
#include "api/control/body_text.h"
#include "api/control/column_request.h"
#include "api/control/json_body.h"
#include "api/control/render.h"
#include "api/control/suggested_columns.h"
#include "api/http/error_status.h"
#include "core/base/client_text.h"
#include "core/base/csv.h"
#include "core/definitions/edit_context.h"
#include "core/definitions/template_check.h"
#include "core/definitions/template_values.h"
#include "core/mapping/form.h"
#include "core/mapping/media_type.h"
#include "core/mapping/record_reader.h"
#include "core/pipeline/acceptor.h"
#include "core/pipeline/record_form.h"

namespace millrace::control {
namespace {

constexpr std::size_t kHeadersMax = 256;
constexpr std::uint64_t kFormSalt = 0x6d696c6c72616365;  // one form: no table of keys grows
// Then the columns that are left are not tried one by one: each may take its second.
constexpr auto kTryFor = std::chrono::seconds(5);
constexpr TextLength kAnyLength{.min = 0, .max = 1 << 20};

// An event as the request has it.
struct TriedEvent {
    std::string body;
    std::string content_type = "application/json";
    std::string client_ip;
    std::string query;
    std::vector<std::pair<std::string, std::string>> headers;
};

// A column as the request has it, or what is wrong with it.
struct TriedColumn {
    std::string name;
    Column column;
    std::optional<Error> error;
    std::optional<std::string> value;
};

struct Trial {
    TargetName target = kDefaultTarget;
    std::vector<TriedColumn> columns;
    TriedEvent event;
};

std::vector<std::pair<std::string, std::string>> parse_headers(const Json& array,
                                                               const std::string& path,
                                                               Problems& problems) {
    std::vector<std::pair<std::string, std::string>> headers;
    if (array.size() > kHeadersMax) {
        problems.add(kInvalidLength, fmt::format("{} has more than {} items", path, kHeadersMax));
        return headers;
    }
    for (std::size_t i = 0; i < array.size(); ++i) {
        const auto at = fmt::format("{}[{}]", path, i);
        if (!array[i].is_object()) {
            problems.add(kInvalidFieldType,
                         fmt::format("invalid value for \"{}\", must be an object", at));
            continue;
        }
        ObjectReader reader(array[i], at, problems);
        auto name = reader.required_text("name", {.min = 1, .max = 256});
        auto value = reader.text("value", kAnyLength);
        reader.boolean("isMasked");  // as a recent request has it
        reader.finish();
        if (name) headers.emplace_back(std::move(*name), value.value_or(""));
    }
    return headers;
}

TriedEvent parse_event(const Json& json, const std::string& path, Problems& problems) {
    TriedEvent event;
    ObjectReader reader(json, path, problems);
    auto body = reader.text("body", kAnyLength);
    const auto coded = reader.text("bodyBase64", {.min = 0, .max = 2 << 20});
    if (coded && body) {
        problems.add(kBadRequest,
                     fmt::format("{} and {} are one thing in two forms: send one",
                                 reader.path_of("body"), reader.path_of("bodyBase64")));
    }
    if (coded) {
        body = decode_base64(*coded);
        if (!body) {
            problems.add(kBadRequest, fmt::format("{} is no base64", reader.path_of("bodyBase64")));
        }
    }
    event.body = body.value_or("");
    event.content_type =
        reader.text("contentType", {.min = 0, .max = 1000}).value_or(event.content_type);
    event.client_ip = reader.text("clientIp", {.min = 0, .max = 100}).value_or("");
    event.query = reader.text("query", {.min = 0, .max = 4096}).value_or("");
    if (const auto* const headers = reader.array("headers")) {
        event.headers = parse_headers(*headers, reader.path_of("headers"), problems);
    }
    reader.finish();
    return event;
}

std::vector<TriedColumn> parse_tried_columns(const Json& array, const std::string& path,
                                             std::size_t most, Problems& problems) {
    std::vector<TriedColumn> columns;
    if (array.empty() || array.size() > most) {
        problems.add(kInvalidLength, fmt::format("length of {} must be 1 to {} but is {}", path,
                                                 most, array.size()));
        return columns;
    }
    for (std::size_t i = 0; i < array.size(); ++i) {
        auto& tried = columns.emplace_back();
        const auto at = fmt::format("columns[{}]", i);
        if (!array[i].is_object()) {
            tried.error = Error(Code::invalid, fmt::format("{} must be an object", at))
                              .named(kInvalidFieldType);
            continue;
        }
        Problems of_column;
        tried.column = parse_column(array[i], at, of_column);
        tried.name = tried.column.name;
        if (auto checked = of_column.result(); !checked.ok()) tried.error = checked.error();
    }
    return columns;
}

Result<Trial> parse_trial(const TestApi& api, std::string_view body) {
    TRY_ASSIGN(const auto json, parse_json_object(body));
    Trial trial;
    Problems problems;
    ObjectReader reader(json, "body", problems);
    if (const auto* const columns = reader.array("columns")) {
        trial.columns =
            parse_tried_columns(*columns, reader.path_of("columns"), api.columns_max, problems);
    } else if (const auto* const given = reader.any("columns");
               given == nullptr || given->is_null()) {
        reader.missing("columns");
    }
    if (const auto* const event = reader.object("event")) {
        trial.event = parse_event(*event, reader.path_of("event"), problems);
    } else if (const auto* const given = reader.any("event");
               given == nullptr || given->is_null()) {
        reader.missing("event");
    }
    if (auto target = reader.text("target", {.min = 1, .max = 100})) {
        trial.target = TargetName(std::move(*target));
    }
    reader.finish();
    TRY(problems.result());
    return trial;
}

// What a row of these columns would be. An error is of the columns or of the record.
class ColumnTrials {
public:
    ColumnTrials(const TestApi& api, const Source& source, const Trial& trial, WallTime now)
        : api_(api), source_(source), target_(trial.target), event_(trial.event), now_(now) {
        for (const auto& [name, value] : event_.headers) {
            headers_.push_back({.name = name, .value = value});
        }
    }

    Result<std::vector<std::string>> row_of(const std::vector<Column>& columns) {
        TRY(api_.routes.check(columns));
        TRY(definitions::check_templates(api_.evaluator, columns));
        Sink sink;
        sink.key = {.source = source_.key, .sink = SinkId("test-mapping")};
        sink.target = target_;
        sink.columns = columns;
        TRY_ASSIGN(const auto route, api_.routes.build_full(source_, {sink}));
        Record record{.arrived_at = now_,
                      .client_ip = event_.client_ip,
                      .headers = headers_,
                      .content_type = event_.content_type,
                      .body = event_.body,
                      .query = event_.query};
        const auto rules = rules_of(*route);
        if (rules != nullptr) {
            const auto event = rules->event_of(record.body, record.content_type);
            record.body = event.body;
            record.content_type = event.content_type;
        }
        const auto form = pipeline::record_form({}, record.content_type, route->settings);
        mapping::RecordReader batch_reader;
        if (form != RecordForm::single) {  // the first of its records
            TRY(batch_reader.begin(record.body, form, record.content_type));
            record.body = batch_reader.next() ? batch_reader.record() : std::string_view();
            record.content_type = "application/json";
        }
        definitions::SharedNumbers numbers(api_.random);
        TRY_ASSIGN(const auto values,
                   definitions::evaluate_templates(record, *route, numbers, api_.evaluator));
        pipeline::Acceptor acceptor(numbers);
        RowBatch batch;
        const auto& acceptance = acceptor.accept(record, *route, batch, values);
        if (!acceptance.refusals.empty()) return acceptance.refusals.front().error;
        CsvRowReader reader(columns.size());
        reader.feed(batch.csv);
        TRY_ASSIGN(const bool whole, reader.next());
        if (!whole) return Error(Code::internal, "the mapper made half a row");
        const auto& row = reader.row();
        return std::vector<std::string>(row.begin(), row.end());
    }

private:
    const TestApi& api_;
    const Source& source_;
    const TargetName& target_;
    const TriedEvent& event_;
    const WallTime now_;
    std::vector<RequestHeader> headers_;
};

// Sets value or error of each column. Returns why the record would not become a row, if so.
std::optional<Error> try_all(ColumnTrials& trials, std::vector<TriedColumn>& columns,
                             const Clock& clock) {
    std::vector<Column> all;
    std::optional<Error> first;
    for (const auto& tried : columns) {
        if (tried.error && !first) first = tried.error;
        if (!tried.error) all.push_back(tried.column);
    }
    if (!first) {
        const auto row = trials.row_of(all);
        if (row.ok()) {
            for (std::size_t i = 0; i < columns.size(); ++i) columns[i].value = row.value()[i];
            return std::nullopt;
        }
        first = row.error();
    }
    // Each by itself, so that one tells nothing of the others.
    const auto until = clock.steady() + kTryFor;
    for (auto& tried : columns) {
        if (tried.error) continue;
        if (clock.steady() > until) {
            tried.error = Error(Code::overloaded, "The columns before took too long.");
            continue;
        }
        auto alone = trials.row_of({tried.column});
        if (alone.ok()) {
            tried.value = std::move(alone.value().front());
        } else {
            tried.error = alone.error();
        }
    }
    return first;
}

std::string_view name_of(const Error& error) {
    return error.name().empty() ? kBadRequest : std::string_view(error.name());
}

OrderedJson render_tried(const TriedColumn& tried) {
    OrderedJson json = {{"name", tried.name}};
    if (tried.column.type == ColumnType::jsonnet && !tried.column.template_text.empty()) {
        add_engine(json, tried.column);
    }
    if (tried.value) {
        json["value"] = *tried.value;
    } else if (tried.error) {
        json["error"] = name_of(*tried.error);
        json["message"] = as_sentence(tried.error->client_text());
    }
    return json;
}

Result<Response> test_mapping(const TestApi& api, Places& places, const Call& call) {
    TRY_ASSIGN(auto trial, parse_trial(api, call.request.body));
    TRY_ASSIGN(const auto source, definitions::load(api.catalog, call.source));
    TRY(api.targets.at(trial.target));
    const auto place = places.take(call.actor.token_id);
    if (place == nullptr) return too_many_waiting("test again later");
    ColumnTrials trials(api, source, trial, api.clock.wall());
    const auto refused = try_all(trials, trial.columns, api.clock);
    OrderedJson json = {{"projectId", source.key.project.value},
                        {"branchId", source.key.branch.value},
                        {"sourceId", source.key.source.value},
                        {"isTaken", !refused}};
    if (refused) {
        json["statusCode"] = http::status_of(*refused);
        json["error"] = name_of(*refused);
        json["message"] = as_sentence(refused->client_text());
    }
    auto columns = OrderedJson::array();
    for (const auto& tried : trial.columns) columns.push_back(render_tried(tried));
    json["columns"] = std::move(columns);
    return json_response(200, json);
}

// How deep the text is nested, about: brackets in strings count too, as none is deeper for it.
bool is_too_deep(std::string_view text) {
    std::size_t depth = 0;
    for (const char c : text) {
        if (c == '[' || c == '{') ++depth;
        if ((c == ']' || c == '}') && depth > 0) --depth;
        if (depth > kSampleDepthMax) return true;
    }
    return false;
}

std::string content_type_of(const Request& request) {
    for (const auto& [name, value] : request.headers) {
        const auto is_same = [](char a, char b) {
            return (a >= 'A' && a <= 'Z' ? static_cast<char>(a - 'A' + 'a') : a) == b;
        };
        if (std::ranges::equal(name, std::string_view("content-type"), is_same)) return value;
    }
    return "application/json";
}

// Nothing: the body has no fields that paths find.
std::optional<OrderedJson> sample_of(const Request& request) {
    auto text = request.body;
    const auto media = mapping::body_type_of(content_type_of(request)).media;
    mapping::FormReader form(kFormSalt);
    if (media == mapping::MediaType::form) {
        if (!form.read(request.body)) return std::nullopt;
        text = form.json();
    } else if (media == mapping::MediaType::json_lines) {
        text = text.substr(0, text.find('\n'));
    }
    if (is_too_deep(text)) return std::nullopt;
    auto sample = OrderedJson::parse(text, nullptr, false);
    if (sample.is_discarded()) return std::nullopt;
    // Of a batch the first record is the sample.
    const bool is_batch = sample.is_array() && !sample.empty() && sample.front().is_object();
    return is_batch ? OrderedJson(sample.front()) : sample;
}

Result<Response> suggest(const TestApi& api, const Call& call) {
    TRY_ASSIGN(const auto source, definitions::load(api.catalog, call.source));
    const auto sample = sample_of(call.request);
    const auto suggestion =
        sample ? suggest_columns(*sample, api.columns_max) : suggest_whole_body();
    auto columns = OrderedJson::array();
    for (const auto& [column, example, note] : suggestion.columns) {
        OrderedJson json = {{"column", render_column(column)}};
        if (!example.empty()) json["example"] = example;
        if (!note.empty()) json["note"] = note;
        columns.push_back(std::move(json));
    }
    auto fields = OrderedJson::array();
    for (const auto& [path, type, example] : suggestion.fields) {
        fields.push_back({{"path", path}, {"type", type}, {"example", example}});
    }
    return json_response(200, {{"projectId", source.key.project.value},
                               {"branchId", source.key.branch.value},
                               {"sourceId", source.key.source.value},
                               {"columns", std::move(columns)},
                               {"fields", std::move(fields)},
                               {"isCut", suggestion.is_cut}});
}

}  // namespace

void add_playground(Router& router, const TestApi& api, const std::shared_ptr<Places>& places) {
    const Routes<TestApi> routes(router, api, Access::any_token);
    constexpr std::string_view kOne = "/v1/branches/{branchId}/sources/{sourceId}";
    routes.add("POST", kOne, "/test-mapping", [places](const TestApi& a, const Call& call) {
        return test_mapping(a, *places, call);
    });
    routes.add("POST", kOne, "/suggest-columns", suggest);
}

}  // namespace millrace::control
