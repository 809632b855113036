#include "api/cli/apply_commands.h"

#include <algorithm>
#include <cerrno>
#include <cstring>
#include <filesystem>
#include <fstream>
#include <iostream>
#include <iterator>

#include "api/cli/api_client.h"
#include "api/cli/definition_file.h"
#include "api/cli/definition_plan.h"
#include "api/cli/definition_text.h"
#include "api/cli/known_names.h"
#include "api/cli/plan_view.h"
#include "api/cli/text_table.h"
#include "api/cli/yaml_document.h"
#include "core/base/error_names.h"

namespace millrace::cli {
namespace {

using Line = config::ClientLine;

Result<std::string> read_file(const std::string& path) {
    const auto read = [](std::istream& in) {
        return std::string(std::istreambuf_iterator<char>(in), {});
    };
    if (path == "-") {
        TRY(check_standard_input());
        return read(std::cin);
    }
    std::error_code error;
    if (std::filesystem::is_directory(path, error)) {
        return Error(Code::invalid, fmt::format("{} is a directory", path));
    }
    std::ifstream file(path, std::ios::binary);
    if (!file) {
        return Error(Code::not_found,
                     fmt::format("cannot read {}: {}", path, std::strerror(errno)));
    }
    auto text = read(file);
    if (file.bad()) return Error(Code::unavailable, fmt::format("cannot read {}", path));
    return text;
}

// "shop.yaml, line 3: ...", each mistake in its line.
Error in_file(const Error& error, const std::string& path) {
    const auto name = path == "-" ? std::string("standard input") : path;
    std::string text;
    const auto all = error.client_text();
    for (std::string_view rest = all; !rest.empty();) {
        const auto line = rest.substr(0, rest.find('\n'));
        rest.remove_prefix(std::min(rest.size(), line.size() + 1));
        text += fmt::format("{}{}{}", text.empty() ? "" : "\n",
                            line.starts_with("line ") ? name + ", " : std::string(), line);
    }
    return Error(error.code(), text);
}

// How many of the changes are made, and how many calls of the one behind them, which has failed.
struct Progressed {
    std::size_t done = 0;
    std::size_t calls = 0;
    std::optional<Error> error;
};

// Returns how many of its calls are made; the error is of the one behind them.
std::size_t carry_out(ApiClient& api, const PlannedChange& change, std::optional<Error>& error) {
    auto version = change.version;
    for (std::size_t i = 0; i < change.calls.size(); ++i) {
        const auto& call = change.calls[i];
        auto done = call.answer_field.empty()
                        ? api.change(call.method, call.path, call.body, version)
                        : api.post(call.path, call.body, call.answer_field);
        if (!done.ok()) {
            error = std::move(done).error();
            return i;
        }
        if (version) ++*version;
    }
    return change.calls.size();
}

Progressed carry_out(ApiClient& api, const Plan& plan) {
    Progressed progressed;
    Progress progress;
    for (const auto& change : plan.changes) {
        progress.show(
            fmt::format("{} ({} of {})", change.what, progressed.done + 1, plan.changes.size()));
        progressed.calls = carry_out(api, change, progressed.error);
        if (progressed.error) return progressed;
        progressed.done += 1;
    }
    return progressed;
}

// Whether the plan is to be carried out.
Result<bool> is_wanted(const Line& line, const Plan& plan) {
    if (plan.changes.empty() || line.has("dry-run")) return false;
    if (line.has("yes")) return true;
    const auto answer = ask("Apply?");
    if (answer) return *answer;
    return Error(Code::invalid,
                 "nothing is applied: there is no terminal to ask at; --yes applies "
                 "without asking, --dry-run only shows the plan");
}

Error stopped(const Error& error, const Plan& plan, const Progressed& progressed) {
    const auto done = progressed.done;
    const auto& change = plan.changes[done];
    const bool is_in_part = progressed.calls > 0;
    const auto problem = error.client_text();
    const auto text = fmt::format(
        "{}: {}{}{} {} of {} changes {} made{}; {}apply the file again to go on", change.what,
        is_in_part ? fmt::format("it is {}, but {}: ", change.is_new ? "made" : "changed",
                                 change.calls[progressed.calls].failure)
                   : std::string(),
        problem, problem.ends_with('.') ? "" : ".", done, plan.changes.size(),
        done == 1 ? "is" : "are", is_in_part ? ", and one in part" : "",
        change.meanwhile.empty() ? std::string()
                                 : fmt::format("{} until then: ", change.meanwhile));
    return Error(error.code(), text).named(error.name());
}

// The service has made its own of ids that are none as they are.
void tell_of_ids(const Definitions& wanted) {
    const auto tell = [](std::string_view noun, const WantedEntity& entity) {
        if (entity.given_id == entity.id) return;
        Progress().say(fmt::format("millrace: the {} \"{}\" has the id {}", noun,
                                   printable(entity.given_id), entity.id));
    };
    for (const auto& source : wanted.sources) {
        tell("source", source);
        for (const auto& sink : source.sinks) tell("sink", sink);
    }
}

Result<void> show(Output& out, const std::string& text) {
    TRY(out.print(text));
    return out.flush();
}

Result<void> apply(const Line& line, Output& out) {
    const auto path = *line.value("file");
    TRY_ASSIGN(const auto text, read_file(path));
    auto wanted = read_definitions(text);
    if (!wanted.ok()) return in_file(wanted.error(), path);

    TRY_ASSIGN(auto api, ApiClient::open(line.place));
    std::vector<std::string> names;
    for (const auto& source : wanted.value().sources) names.push_back(source.id);
    // None at all is none, and not all.
    if (names.empty()) names.emplace_back();
    TRY_ASSIGN(const auto actual, fetch_actual(api, names));
    const auto name = path == "-" ? path : std::filesystem::path(path).filename().string();
    const auto plan = plan_of(
        wanted.value(), actual,
        {.with_secrets = line.has("secrets"), .description = fmt::format("Applied {}.", name)});
    if (!plan.ok()) return in_file(plan.error(), path);
    tell_of_ids(wanted.value());

    if (!line.has("json")) {
        const auto shown = show(out, plan_view(plan.value()));
        // What is not asked for is done whether somebody reads of it or not.
        if (!line.has("yes")) TRY(shown);
    }
    const auto wants = is_wanted(line, plan.value());
    const auto result = wants.ok() && wants.value() ? carry_out(api, plan.value()) : Progressed();
    Result<void> printed;
    if (line.has("json")) {
        auto json = plan_json(plan.value());
        json["applied"] = result.done;
        if (result.error && result.calls > 0) {
            json["appliedInPart"] = plan.value().changes[result.done].what;
        }
        printed = show(out, to_line(json));
    }
    if (!wants.ok()) return wants.error();
    if (result.error) return stopped(*result.error, plan.value(), result);
    TRY(printed);
    if (line.has("json") || line.has("dry-run") || plan.value().changes.empty()) return {};
    return out.print(
        wants.value() ? fmt::format("{} made.\n", result.done == 1
                                                      ? "1 change is"
                                                      : fmt::format("{} changes are", result.done))
                      : "Nothing is applied.\n");
}

Result<void> export_all(const Line& line, Output& out) {
    TRY_ASSIGN(auto api, ApiClient::open(line.place));
    const auto sources = line.values("source");
    for (const auto& source : sources) {
        const auto found = api.get_source(source);
        if (!found.ok()) return with_what_there_is(api, found.error(), source);
    }
    TRY_ASSIGN(auto actual, fetch_actual(api, sources));
    if (!sources.empty()) actual.tables.clear();
    const auto text = definition_text(actual);
    if (!line.has("json")) return out.print(text);
    TRY_ASSIGN(const auto file, parse_yaml(text));
    return out.print(to_line(to_json(file)));
}

}  // namespace

std::vector<ClientCommand> apply_commands() {
    return {
        {.spec =
             {.words = "apply",
              .sentence =
                  "Makes sources, sinks, settings and tables as a file says, after a plan. Deletes "
                  "nothing.",
              .options = {{.name = "file",
                           .placeholder = "FILE",
                           .sentence = "YAML, as export writes it; - is standard input.",
                           .is_required = true,
                           .letter = "f"},
                          {.name = "dry-run",
                           .placeholder = {},
                           .sentence = "Only shows what would change."},
                          {.name = "yes", .placeholder = {}, .sentence = "Does not ask."},
                          {.name = "secrets",
                           .placeholder = {},
                           .sentence = "Sends the secrets in the file also to sources that are "
                                       "there: nobody can tell whether they differ."},
                          kJson},
              .example = "millrace apply -f shop.yaml --dry-run"},
         .run = apply},
        {.spec = {.words = "export",
                  .sentence = "Writes sources, sinks, settings and tables as apply reads them.",
                  .options = {{.name = "source",
                               .placeholder = "SOURCE",
                               .sentence = "Only this one, without tables.",
                               .is_repeated = true},
                              kJson},
                  .example = "millrace export > millrace.yaml"},
         .run = export_all},
    };
}

}  // namespace millrace::cli
