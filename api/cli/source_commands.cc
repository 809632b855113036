#include "api/cli/source_commands.h"

#include "api/cli/api_client.h"
#include "api/cli/entity_fields.h"
#include "api/cli/known_names.h"
#include "api/cli/text_table.h"

namespace millrace::cli {
namespace {

constexpr std::size_t kNameMax = 40;  // of the API; an id may be longer

std::string state_of(const Json& entity) {
    return member(entity, {"disabled"}).is_null() ? "enabled" : "disabled";
}

Result<void> create(const config::ClientLine& line, Output& out) {
    const auto& id = line.operands[0];
    const Json body = {{"type", "http"},
                       {"sourceId", id},
                       {"name", line.value("name").value_or(id.substr(0, kNameMax))}};
    TRY_ASSIGN(auto api, ApiClient::open(line.place));
    // The API makes an id of what is typed.
    TRY_ASSIGN(const auto done, api.change("POST", sources_path(), body));
    TRY_ASSIGN(const auto source, api.get_source(text_at(done, {"outputs", "sourceId"})));
    if (line.has("json")) return out.print(to_line(source));
    if (const auto made = text_at(source, {"sourceId"}); made != id) {
        Progress().say(fmt::format("millrace: the source has the id {}", made));
    }
    return out.print(source_url(source) + "\n");
}

// What a list and the fields of a source show beside its name.
std::string place_of(const Json& source) {
    const auto topic = text_at(source, {"kafka", "topic"});
    return topic.empty() ? source_url(source) : fmt::format("topic {} of Kafka", printable(topic));
}

Result<void> list(const config::ClientLine& line, Output& out) {
    TRY_ASSIGN(auto api, ApiClient::open(line.place));
    TRY_ASSIGN(const auto sources, api.list(sources_path(), "sources"));
    if (line.has("json")) return out.print(to_array(sources));
    if (sources.empty()) return out.print("There is no source yet: millrace source create NAME\n");
    TextTable table{.heads = {"SOURCE", "NAME", "STATE", "URL"},
                    .rows = {},
                    .is_number = {},
                    .least = {kWhole, 0, 0, 0}};
    for (const auto& source : sources) {
        table.rows.push_back({text_at(source, {"sourceId"}), text_at(source, {"name"}),
                              state_of(source), place_of(source)});
    }
    return out.print(render(table, Output::width()));
}

Result<void> get(const config::ClientLine& line, Output& out) {
    TRY_ASSIGN(auto api, ApiClient::open(line.place));
    const auto found = api.get_source(line.operands[0]);
    if (!found.ok()) return with_what_there_is(api, found.error(), line.operands[0]);
    const auto& source = found.value();
    if (line.has("json")) return out.print(to_line(source));
    if (line.has("url")) {
        if (const auto url = source_url(source); !url.empty()) return out.print(url + "\n");
        return event_url(source).error();
    }
    return out.print(fmt::format(
        "source   {}\ntype     {}\nname     {}\nstate    {}\ncreated  {}\nversion  {}\nurl      "
        "{}\n",
        text_at(source, {"sourceId"}), text_at(source, {"type"}),
        printable(text_at(source, {"name"})), state_of(source), text_at(source, {"created", "at"}),
        text_at(source, {"version", "number"}), place_of(source)));
}

Result<void> remove(const config::ClientLine& line, Output& out) {
    TRY_ASSIGN(auto api, ApiClient::open(line.place));
    const auto* const query = line.has("cascade") ? "?cascade=true" : "";
    const auto done = api.change("DELETE", source_path(line.operands[0]) + query);
    if (!done.ok()) return with_what_there_is(api, done.error(), line.operands[0]);
    if (line.has("json")) return out.print(to_line(done.value()));
    return out.print(text_at(done.value(), {"result"}) + "\n");
}

}  // namespace

std::vector<ClientCommand> source_commands() {
    return {
        {.spec = {.words = "source create",
                  .sentence = "Makes a source, and prints the URL to post events to.",
                  .operands = {"SOURCE"},
                  .options = {{.name = "name",
                               .placeholder = "NAME",
                               .sentence = "What people call it. Default: SOURCE."},
                              kJson},
                  .example = "millrace source create shop --name \"Web shop\""},
         .run = create},
        {.spec = {.words = "source list",
                  .sentence = "Lists the sources.",
                  .options = {kJson},
                  .example = "millrace source list"},
         .run = list},
        {.spec =
             {.words = "source get",
              .sentence = "Shows a source, with its URL.",
              .operands = {"SOURCE"},
              .options = {{.name = "url", .placeholder = {}, .sentence = "Prints its URL alone."},
                          kJson},
              .example = "millrace source get shop --url"},
         .run = get},
        {.spec = {.words = "source delete",
                  .sentence = "Deletes a source with its sinks; their tables stay.",
                  .operands = {"SOURCE"},
                  .options = {{.name = "cascade",
                               .placeholder = {},
                               .sentence = "Drops the tables of its sinks too, for good."},
                              kJson},
                  .example = "millrace source delete shop --cascade"},
         .run = remove},
    };
}

}  // namespace millrace::cli
