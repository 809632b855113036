#include "api/cli/definition_commands.h"

#include <charconv>

#include "api/cli/api_client.h"
#include "api/cli/column_argument.h"
#include "api/cli/entity_fields.h"
#include "api/cli/known_names.h"
#include "api/cli/text_table.h"
#include "core/base/error_names.h"

namespace millrace::cli {
namespace {

using Line = config::ClientLine;
using Options = std::vector<config::ClientOption>;

// What the line is about: a source, or a sink of it.
struct Entity {
    explicit Entity(const Line& line)
        : source(line.operands[0]),
          sink(line.words.starts_with("sink ") ? line.operands[1] : std::string()) {}

    std::string path() const {
        return sink.empty() ? source_path(source) : sink_path(source, sink);
    }

    std::string source;
    std::string sink;  // empty: the source
};

Result<void> change(const Line& line, Output& out, const std::string& method,
                    const std::string& behind, const std::optional<Json>& body = {}) {
    const Entity entity(line);
    TRY_ASSIGN(auto api, ApiClient::open(line.place));
    const auto done = api.change(method, entity.path() + behind, body);
    if (!done.ok()) return with_what_there_is(api, done.error(), entity.source, entity.sink);
    if (line.has("json")) return out.print(to_line(done.value()));
    return out.print(text_at(done.value(), {"result"}) + "\n");
}

Result<void> disable(const Line& line, Output& out) {
    return change(line, out, "PUT", "/disable");
}

Result<void> enable(const Line& line, Output& out) {
    return change(line, out, "PUT", "/enable");
}

Result<void> undelete(const Line& line, Output& out) {
    return change(line, out, "PUT", "/undelete");
}

// The fields that both have, of those that were given.
Json given_fields(const Line& line) {
    auto body = Json::object();
    if (const auto name = line.value("name")) body["name"] = *name;
    if (const auto text = line.value("description")) body["description"] = *text;
    return body;
}

Result<void> send_update(const Line& line, Output& out, Json body) {
    if (body.empty()) return wrong_usage(line, "needs an option that says what is to change");
    if (const auto why = line.value("change-description")) body["changeDescription"] = *why;
    return change(line, out, "PATCH", "", body);
}

Result<void> update_source(const Line& line, Output& out) {
    return send_update(line, out, given_fields(line));
}

Result<void> update_sink(const Line& line, Output& out) {
    auto body = given_fields(line);
    if (const auto table = line.value("table")) body["table"]["tableId"] = *table;
    if (const auto target = line.value("target")) body["table"]["target"] = *target;
    for (const auto& argument : line.values("column")) {
        auto column = parse_column(argument);
        if (!column.ok()) return wrong_usage(line, column.error().client_text());
        body["table"]["mapping"]["columns"].push_back(std::move(column).value());
    }
    return send_update(line, out, std::move(body));
}

Result<void> rotate_secret(const Line& line, Output& out) {
    auto body = Json::object();
    if (const auto overlap = line.value("overlap")) body["overlap"] = *overlap;
    const Entity entity(line);
    TRY_ASSIGN(auto api, ApiClient::open(line.place));
    const auto source = api.post(entity.path() + "/rotate-secret", body, "sourceId");
    if (!source.ok()) return with_what_there_is(api, source.error(), entity.source);
    if (line.has("json")) return out.print(to_line(source.value()));
    return out.print(source_url(source.value()) + "\n");
}

Result<void> versions(const Line& line, Output& out) {
    const Entity entity(line);
    TRY_ASSIGN(auto api, ApiClient::open(line.place));
    const auto found = api.list(entity.path() + "/versions", "versions");
    if (!found.ok()) return with_what_there_is(api, found.error(), entity.source, entity.sink);
    if (line.has("json")) return out.print(to_array(found.value()));
    TextTable table{.heads = {"VERSION", "AT", "BY", "DESCRIPTION"},
                    .rows = {},
                    .is_number = {true, false, false, false}};
    for (const auto& version : found.value()) {
        auto by = text_at(version, {"by", "tokenDesc"});
        if (by.empty()) by = text_at(version, {"by", "type"});
        table.rows.push_back({text_at(version, {"number"}), text_at(version, {"at"}), by,
                              text_at(version, {"description"})});
    }
    return out.print(render(table, Output::width()));
}

// The same error; where it is that the version is not there, with those that are.
Error with_versions(ApiClient& api, const Error& error, const Entity& entity) {
    if (error.name() != error_names::kApiSourceVersionNotFound &&
        error.name() != error_names::kApiSinkVersionNotFound) {
        return with_what_there_is(api, error, entity.source, entity.sink);
    }
    const auto found = api.list(entity.path() + "/versions", "versions");
    if (!found.ok()) return error;
    KnownNames known;
    for (const auto& version : found.value()) known.names.push_back(text_at(version, {"number"}));
    return with_list(error, known);
}

Result<void> rollback(const Line& line, Output& out) {
    const Entity entity(line);
    const auto& number = line.operands.back();
    std::uint32_t parsed = 0;
    const auto* const end = number.data() + number.size();
    const auto read = std::from_chars(number.data(), end, parsed);
    if (read.ec != std::errc() || read.ptr != end || parsed == 0) {
        return wrong_usage(line, fmt::format("VERSION is a number, not \"{}\"", number));
    }
    TRY_ASSIGN(auto api, ApiClient::open(line.place));
    const auto done =
        api.change("PUT", fmt::format("{}/versions/{}/rollback", entity.path(), parsed));
    if (!done.ok()) return with_versions(api, done.error(), entity);
    if (line.has("json")) return out.print(to_line(done.value()));
    return out.print(text_at(done.value(), {"result"}) + "\n");
}

constexpr config::ClientOption kName = {
    .name = "name", .placeholder = "NAME", .sentence = "What people call it."};
constexpr config::ClientOption kDescription = {
    .name = "description", .placeholder = "TEXT", .sentence = "What it is for."};
constexpr config::ClientOption kChange = {.name = "change-description",
                                          .placeholder = "TEXT",
                                          .sentence = "The description of the new version."};

std::vector<ClientCommand> source_part() {
    return {
        {.spec = {.words = "source update",
                  .sentence = "Changes the name or the description of a source.",
                  .operands = {"SOURCE"},
                  .options = {kName, kDescription, kChange, kJson},
                  .example = "millrace source update shop --name \"Web shop\""},
         .run = update_source},
        {.spec = {.words = "source disable",
                  .sentence = "Takes no more events for a source; what was accepted goes on.",
                  .operands = {"SOURCE"},
                  .options = {kJson},
                  .example = "millrace source disable shop"},
         .run = disable},
        {.spec = {.words = "source enable",
                  .sentence = "Takes events again for a source that was disabled.",
                  .operands = {"SOURCE"},
                  .options = {kJson},
                  .example = "millrace source enable shop"},
         .run = enable},
        {.spec = {.words = "source undelete",
                  .sentence = "Brings a deleted source back, with the sinks deleted with it.",
                  .operands = {"SOURCE"},
                  .options = {kJson},
                  .example = "millrace source undelete shop"},
         .run = undelete},
        {.spec = {.words = "source rotate-secret",
                  .sentence = "Gives a source a new secret, and prints its new URL.",
                  .operands = {"SOURCE"},
                  .options = {{.name = "overlap",
                               .placeholder = "TIME",
                               .sentence = "How long the old URL is good too, 30 days at most. "
                                           "Default: not at all."},
                              kJson},
                  .example = "millrace source rotate-secret shop --overlap 1h"},
         .run = rotate_secret},
        {.spec = {.words = "source versions",
                  .sentence = "Lists the versions of a source.",
                  .operands = {"SOURCE"},
                  .options = {kJson},
                  .example = "millrace source versions shop"},
         .run = versions},
        {.spec = {.words = "source rollback",
                  .sentence = "Makes a source as it was in an older version.",
                  .operands = {"SOURCE", "VERSION"},
                  .options = {kJson},
                  .example = "millrace source rollback shop 1"},
         .run = rollback},
    };
}

std::vector<ClientCommand> sink_part() {
    return {
        {.spec = {.words = "sink update",
                  .sentence =
                      "Changes a sink; rows accepted before go where they should have gone.",
                  .operands = {"SOURCE", "SINK"},
                  .options = {kName,
                              kDescription,
                              {.name = "table",
                               .placeholder = "TABLE",
                               .sentence = "Where the rows go from now on."},
                              {.name = "target",
                               .placeholder = "TARGET",
                               .sentence = "The configured target that the table is in."},
                              {.name = "column",
                               .placeholder = "NAME=PATH[:TYPE][:key][:required]",
                               .sentence = "A column, as of sink create. They replace all columns "
                                           "of the sink.",
                               .is_repeated = true},
                              kChange,
                              kJson},
                  .example = "millrace sink update shop orders --table in.c-shop.orders2"},
         .run = update_sink},
        {.spec = {.words = "sink disable",
                  .sentence = "Maps no more events with a sink; what was accepted goes on.",
                  .operands = {"SOURCE", "SINK"},
                  .options = {kJson},
                  .example = "millrace sink disable shop orders"},
         .run = disable},
        {.spec = {.words = "sink enable",
                  .sentence = "Maps events again with a sink that was disabled.",
                  .operands = {"SOURCE", "SINK"},
                  .options = {kJson},
                  .example = "millrace sink enable shop orders"},
         .run = enable},
        {.spec = {.words = "sink undelete",
                  .sentence = "Brings a deleted sink back.",
                  .operands = {"SOURCE", "SINK"},
                  .options = {kJson},
                  .example = "millrace sink undelete shop orders"},
         .run = undelete},
        {.spec = {.words = "sink versions",
                  .sentence = "Lists the versions of a sink.",
                  .operands = {"SOURCE", "SINK"},
                  .options = {kJson},
                  .example = "millrace sink versions shop orders"},
         .run = versions},
        {.spec = {.words = "sink rollback",
                  .sentence = "Makes a sink as it was in an older version.",
                  .operands = {"SOURCE", "SINK", "VERSION"},
                  .options = {kJson},
                  .example = "millrace sink rollback shop orders 1"},
         .run = rollback},
    };
}

}  // namespace

std::vector<ClientCommand> definition_commands() {
    auto commands = source_part();
    for (auto& command : sink_part()) commands.push_back(std::move(command));
    return commands;
}

}  // namespace millrace::cli
