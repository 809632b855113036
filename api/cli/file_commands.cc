#include "api/cli/file_commands.h"

#include "api/cli/api_client.h"
#include "api/cli/entity_fields.h"
#include "api/cli/known_names.h"
#include "api/cli/text_table.h"
#include "core/base/error_names.h"

namespace millrace::cli {
namespace {

using Line = config::ClientLine;

Result<std::vector<Json>> files_of(ApiClient& api, const Line& line, bool failed) {
    const auto& source = line.operands[0];
    const auto& sink = line.operands[1];
    const auto found = api.get(
        sink_path(source, sink) + "/statistics/files?failedFiles=" + (failed ? "true" : "false"),
        "files");
    if (!found.ok()) return with_what_there_is(api, found.error(), source, sink);
    const auto& files = member(found.value(), {"files"});
    return std::vector<Json>(files.begin(), files.end());
}

std::string reason_of(const Json& file) {
    const auto aside = text_at(file, {"setAsideReason"});
    return aside.empty() ? text_at(file, {"retryReason"}) : aside;
}

Result<void> list(const Line& line, Output& out) {
    TRY_ASSIGN(auto api, ApiClient::open(line.place));
    TRY_ASSIGN(const auto files, files_of(api, line, line.has("failed")));
    if (line.has("json")) return out.print(to_array(files));
    if (files.empty()) {
        return out.print(line.has("failed") ? "No file fails, and none is set aside.\n"
                                            : "There is no file: no row has come lately.\n");
    }
    TextTable table{.heads = {"FILE", "STATE", "OPENED", "ROWS", "TRIED", "REASON"},
                    .rows = {},
                    .is_number = {false, false, false, true, true, false},
                    .least = {kWhole, 0, 0, 0, 0, kSentence}};
    for (const auto& file : files) {
        table.rows.push_back({text_at(file, {"fileId"}), text_at(file, {"state"}),
                              text_at(file, {"openedAt"}),
                              grouped(count_at(file, {"statistics", "total", "recordsCount"})),
                              text_at(file, {"retryAttempt"}), reason_of(file)});
    }
    return out.print(render(table, Output::width()));
}

// Of a file that is not there: those that one can do something about.
Error with_files(ApiClient& api, const Line& line, const Error& error) {
    if (error.name() != error_names::kApiFileNotFound) {
        return with_what_there_is(api, error, line.operands[0], line.operands[1]);
    }
    const auto files = files_of(api, line, true);
    if (!files.ok()) return error;
    KnownNames known{.names = {}, .remedy = {}};
    for (const auto& file : files.value()) known.names.push_back(text_at(file, {"fileId"}));
    if (!known.names.empty()) return with_names(error, line.operands[2], known);
    return Error(error.code(), error.client_text() + " No file of this sink fails or is set aside.")
        .named(error.name());
}

Result<void> act(const Line& line, Output& out, std::string_view call,
                 const std::optional<Json>& body = {}) {
    const auto& file = line.operands[2];
    TRY_ASSIGN(auto api, ApiClient::open(line.place));
    const auto done =
        api.post(fmt::format("{}/files/{}/{}", sink_path(line.operands[0], line.operands[1]),
                             encoded(file), call),
                 body, "fileId");
    if (!done.ok()) return with_files(api, line, done.error());
    if (line.has("json")) return out.print(to_line(done.value()));
    return out.print(fmt::format("The file {} {}.\n", text_at(done.value(), {"fileId"}),
                                 file_outcome(done.value())));
}

Result<void> retry(const Line& line, Output& out) {
    return act(line, out, "retry");
}

Result<void> set_aside(const Line& line, Output& out) {
    return act(line, out, "set-aside", Json{{"reason", *line.value("reason")}});
}

Result<void> restore(const Line& line, Output& out) {
    return act(line, out, "restore");
}

Result<void> discard(const Line& line, Output& out) {
    return act(line, out, "discard");
}

}  // namespace

std::vector<ClientCommand> file_commands() {
    return {
        {.spec = {.words = "file list",
                  .sentence = "Lists the files of a sink: those under way, and the last imported.",
                  .operands = {"SOURCE", "SINK"},
                  .options = {{.name = "failed",
                               .placeholder = {},
                               .sentence = "Only those that fail or are set aside."},
                              kJson},
                  .example = "millrace file list shop orders --failed"},
         .run = list},
        {.spec = {.words = "file retry",
                  .sentence = "Tries the import of a file now.",
                  .operands = {"SOURCE", "SINK", "FILE"},
                  .options = {kJson},
                  .example =
                      "millrace file retry shop orders 018f2d1a-7c3e-7b4a-9a51-0c6f1e2d3a4b"},
         .run = retry},
        {.spec = {.words = "file set-aside",
                  .sentence = "Takes a file out of the way, so that later ones are imported.",
                  .operands = {"SOURCE", "SINK", "FILE"},
                  .options = {{.name = "reason",
                               .placeholder = "TEXT",
                               .sentence = "Why; it is shown with the file.",
                               .is_required = true},
                              kJson},
                  .example = "millrace file set-aside shop orders "
                             "018f2d1a-7c3e-7b4a-9a51-0c6f1e2d3a4b \\\n"
                             "    --reason \"column total is too narrow\""},
         .run = set_aside},
        {.spec = {.words = "file restore",
                  .sentence = "Imports a file that was set aside after all.",
                  .operands = {"SOURCE", "SINK", "FILE"},
                  .options = {kJson},
                  .example =
                      "millrace file restore shop orders 018f2d1a-7c3e-7b4a-9a51-0c6f1e2d3a4b"},
         .run = restore},
        {.spec = {.words = "file discard",
                  .sentence = "Deletes the rows of a file that was set aside, for good.",
                  .operands = {"SOURCE", "SINK", "FILE"},
                  .options = {kJson},
                  .example =
                      "millrace file discard shop orders 018f2d1a-7c3e-7b4a-9a51-0c6f1e2d3a4b"},
         .run = discard},
    };
}

}  // namespace millrace::cli
