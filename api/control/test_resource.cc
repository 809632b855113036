#include "api/control/test_resource.h"

#include <fmt/format.h>

#include <algorithm>
#include <chrono>
#include <memory>
#include <optional>
#include <string>
#include <vector>

#include "api/control/api_errors.h"
#include "api/control/places.h"
#include "api/control/playground_resource.h"
#include "api/control/render.h"
#include "api/http/error_status.h"
#include "core/base/client_text.h"
#include "core/base/csv.h"
#include "core/base/error_names.h"
#include "core/base/shown_text.h"
#include "core/definitions/edit_context.h"
#include "core/definitions/route_builder.h"
#include "core/definitions/template_values.h"
#include "core/mapping/json_check.h"
#include "core/mapping/record_reader.h"
#include "core/pipeline/acceptor.h"
#include "core/pipeline/record_form.h"

namespace millrace::control {
namespace {

// A general template may take its second of a processor: the other threads stay free.
constexpr Places::Limits kPlaces{.all = 4, .of_one = 2};
constexpr int kUnprocessable = 422;
constexpr std::size_t kShownMax = 60;
constexpr std::size_t kRecordsMax = 100;  // of a batch that is tried
constexpr auto kTryFor = std::chrono::seconds(2);
constexpr std::string_view kUnprocessableContent = error_names::kApiUnprocessableContent;

bool same_name(std::string_view a, std::string_view b) {
    const auto lower = [](char c) {
        return c >= 'A' && c <= 'Z' ? static_cast<char>(c - 'A' + 'a') : c;
    };
    return std::equal(a.begin(), a.end(), b.begin(), b.end(),
                      [&](char x, char y) { return lower(x) == lower(y); });
}

// The headers of the event: all but the one with the token of this request.
std::vector<RequestHeader> headers_of(const Request& request) {
    const std::string_view token = request.storage_token ? "X-StorageApi-Token" : "Authorization";
    std::vector<RequestHeader> headers;
    for (const auto& [name, value] : request.headers) {
        if (!same_name(name, token)) headers.push_back({.name = name, .value = value});
    }
    return headers;
}

std::string_view value_of(std::span<const RequestHeader> headers, std::string_view name) {
    const auto found = std::find_if(headers.begin(), headers.end(), [&](const auto& header) {
        return same_name(header.name, name);
    });
    return found == headers.end() ? std::string_view() : found->value;
}

// One row of CSV as the columns of the API.
Result<OrderedJson> render_row(const Sink& sink, std::string_view csv) {
    CsvRowReader reader(sink.columns.size());
    reader.feed(csv);
    TRY_ASSIGN(const bool whole, reader.next());
    if (!whole) return Error(Code::internal, "the mapper made half a row");
    auto columns = OrderedJson::array();
    for (std::size_t i = 0; i < sink.columns.size(); ++i) {
        OrderedJson column = {{"name", sink.columns[i].name}, {"value", reader.row()[i]}};
        if (sink.columns[i].type == ColumnType::jsonnet) add_engine(column, sink.columns[i]);
        columns.push_back(std::move(column));
    }
    return OrderedJson{{"columns", std::move(columns)}};
}

OrderedJson render_table(const Sink& sink) {
    return {{"sinkId", sink.key.sink.value},
            {"tableId", sink.table.text()},
            {"disabled", sink.disabled.has_value()},
            {"rows", OrderedJson::array()}};
}

// "column "x": ..." is "Invalid value for column "x": ..." in the answer as a whole.
std::string message_of(const Error& error) {
    const auto& text = error.client_text();
    return as_sentence(text.starts_with("column ") ? "Invalid value for " + text : text);
}

struct Tried {
    OrderedJson tables = OrderedJson::array();  // one a sink, ordered by id
    std::optional<Error> first_error;
};

// `sinks` are those of the route, in its order.
Result<Tried> try_record(const Record& record, const pipeline::SourceRoute& route,
                         const std::vector<Sink>& sinks, const TestApi& api) {
    definitions::SharedNumbers numbers(api.random);
    TRY_ASSIGN(const auto values,
               definitions::evaluate_templates(record, route, numbers, api.evaluator));
    pipeline::Acceptor acceptor(numbers);
    RowBatch batch;
    const auto& acceptance = acceptor.accept(record, route, batch, values);

    Tried tried;
    auto refusal = acceptance.refusals.begin();
    auto group = batch.groups.begin();
    auto rest = std::string_view(batch.csv);
    for (std::size_t i = 0; i < sinks.size(); ++i) {
        auto table = render_table(sinks[i]);
        if (refusal != acceptance.refusals.end() && refusal->sink == i) {
            table["statusCode"] = http::status_of(refusal->error);
            table["error"] = refusal->error.name();
            table["message"] = as_sentence(refusal->error.client_text());
            if (!tried.first_error) tried.first_error = refusal->error;
            ++refusal;
        } else {
            TRY_ASSIGN(auto row, render_row(sinks[i], rest.substr(0, group->bytes)));
            table["rows"].push_back(std::move(row));
            rest.remove_prefix(group->bytes);
            ++group;
        }
        tried.tables.push_back(std::move(table));
    }
    return tried;
}

// Each record of a batch by itself, and what is wrong with the first that is refused.
Result<Tried> try_batch(const Record& batch, RecordForm form, const pipeline::SourceRoute& route,
                        const std::vector<Sink>& sinks, const TestApi& api) {
    mapping::RecordReader reader;
    TRY(reader.begin(batch.body, form, batch.content_type));
    Tried all;
    for (const auto& sink : sinks) all.tables.push_back(render_table(sink));
    const auto until = api.clock.steady() + kTryFor;
    for (std::size_t count = 0; count < kRecordsMax && reader.next(); ++count) {
        if (api.clock.steady() > until) break;
        auto record = batch;
        record.body = reader.record();
        record.content_type = "application/json";
        TRY_ASSIGN(auto tried, try_record(record, route, sinks, api));
        for (std::size_t i = 0; i < sinks.size(); ++i) {
            auto& table = tried.tables[i];
            for (auto& row : table["rows"]) all.tables[i]["rows"].push_back(std::move(row));
            if (!table.contains("error") || all.tables[i].contains("error")) continue;
            all.tables[i]["statusCode"] = table["statusCode"];
            all.tables[i]["error"] = table["error"];
            all.tables[i]["message"] =
                fmt::format("{} {}: {}", form == RecordForm::lines ? "Line" : "Record",
                            reader.number(), table["message"].get<std::string>());
        }
        if (!all.first_error) all.first_error = std::move(tried.first_error);
    }
    return all;
}

// As the data plane divides a body. The body of OTLP is one flat record.
Result<RecordForm> form_of(const Call& call, const Record& record,
                           const pipeline::SourceRoute& route, bool is_otlp) {
    if (is_otlp) return RecordForm::single;
    const auto& query = call.request.query;
    const auto given = query.find("records");
    const bool is_given = given != query.end() && !given->second.empty();
    const auto wished = is_given ? parse_record_form(given->second) : std::nullopt;
    if (is_given && !wished) {
        return bad_request("records must be single, lines or array.");
    }
    return pipeline::record_form(wished, record.content_type, route.settings);
}

// As it stands in a URL, for columns of type query.
std::string encoded(const std::map<std::string, std::string, std::less<>>& query) {
    const auto escaped = [](std::string_view text) {
        std::string out;
        for (const char c : text) {
            const auto byte = static_cast<unsigned char>(c);
            out += std::isalnum(byte) != 0 ? std::string(1, c) : fmt::format("%{:02X}", byte);
        }
        return out;
    };
    std::string text;
    for (const auto& [name, value] : query) {
        if (!text.empty()) text += '&';
        text += escaped(name) + '=' + escaped(value);
    }
    return text;
}

// Of a source of OTLP the body is one flat record of a signal, and sinks of other signals have
// nothing to do with it.
Result<void> keep_sinks_of_signal(const Call& call, std::vector<Sink>& sinks) {
    const auto& query = call.request.query;
    const auto given = query.find("signal");
    const auto signal = given == query.end() ? Signal::logs : parse_signal(given->second);
    if (!signal) {
        return Error(Code::invalid,
                     fmt::format("Value of signal must be one of \"logs\", \"metrics\", \"traces\" "
                                 "but got value \"{}\".",
                                 shortened(given->second, kShownMax)))
            .named(error_names::kApiInvalidEnumValue);
    }
    std::erase_if(sinks, [&](const Sink& sink) {
        return !sink.signals.empty() &&
               std::ranges::find(sink.signals, *signal) == sink.signals.end();
    });
    mapping::JsonCheck check;
    const auto begin = call.request.body.find_first_not_of(" \t\r\n");
    const bool is_object = begin != std::string::npos && call.request.body[begin] == '{';
    if (is_object && check.is_json(call.request.body)) return {};
    return Error(Code::invalid,
                 "request body must be a JSON object representing a flat OTLP record")
        .named(error_names::kApiBadRequest);
}

Result<Response> test(const TestApi& api, Places& places, const Call& call) {
    TRY_ASSIGN(const auto source, definitions::load(api.catalog, call.source));
    TRY_ASSIGN(auto sinks, api.catalog.all_sinks(source.key));
    std::sort(sinks.begin(), sinks.end(),
              [](const Sink& a, const Sink& b) { return a.key.sink < b.key.sink; });
    const bool is_otlp = source.kind == kOtlpSource;
    if (is_otlp) TRY(keep_sinks_of_signal(call, sinks));
    TRY_ASSIGN(const auto route, api.routes.build_full(source, sinks));

    const auto headers = headers_of(call.request);
    if (!value_of(headers, "Content-Encoding").empty()) {
        return Error(Code::invalid, "Content-Encoding is not decoded; send the body as it is.")
            .named(error_names::kApiUnsupportedMediaType);
    }
    const bool waits = !route->mapper.templates()->empty();
    const auto place = waits ? places.take(call.actor.token_id) : nullptr;
    if (waits && place == nullptr) return too_many_waiting("test again later");
    const auto query = encoded(call.request.query);
    Record record{.arrived_at = api.clock.wall(),
                  .client_ip = call.request.client_ip,
                  .headers = headers,
                  .content_type = is_otlp ? "application/json" : value_of(headers, "Content-Type"),
                  .body = call.request.body,
                  .query = query};
    const auto rules = rules_of(*route);
    if (rules != nullptr) {
        const auto event = rules->event_of(record.body, record.content_type);
        record.body = event.body;
        record.content_type = event.content_type;
    }
    TRY_ASSIGN(const auto form, form_of(call, record, *route, is_otlp));
    TRY_ASSIGN(auto tried, form == RecordForm::single
                               ? try_record(record, *route, sinks, api)
                               : try_batch(record, form, *route, sinks, api));

    OrderedJson json;
    if (tried.first_error) {
        json = {{"statusCode", kUnprocessable},
                {"error", kUnprocessableContent},
                {"message", message_of(*tried.first_error)}};
    }
    json["projectId"] = source.key.project.value;
    json["branchId"] = source.key.branch.value;
    json["sourceId"] = source.key.source.value;
    json["tables"] = std::move(tried.tables);
    return json_response(tried.first_error ? kUnprocessable : 200, json);
}

}  // namespace

// A preset of webhooks unpacks what its product sends.
std::unique_ptr<webhooks::SourceRules> rules_of(const pipeline::SourceRoute& route) {
    using Rules = webhooks::SourceRules;
    if (route.kind != kHttpSource || !route.asks_more) return nullptr;
    return Rules::compile(route.details, route.kind_settings, route.idempotency, {});
}

void add_test(Router& router, const TestApi& api) {
    const auto places = std::make_shared<Places>(kPlaces);
    Routes<TestApi>(router, api, Access::any_token)
        .add(
            "POST", "/v1/branches/{branchId}/sources/{sourceId}/test",
            [places](const TestApi& a, const Call& call) { return test(a, *places, call); },
            kAnyQuery);  // it is that of the event
    add_playground(router, api, places);
}

}  // namespace millrace::control
