#include "api/cli/reject_commands.h"

#include "api/cli/api_client.h"
#include "api/cli/known_names.h"
#include "api/cli/number_option.h"
#include "api/cli/text_table.h"

namespace millrace::cli {
namespace {

using Line = config::ClientLine;

constexpr std::size_t kPage = 100;

std::string rejects_path(const Line& line) {
    return sink_path(line.operands[0], line.operands[1]) + "/rejects";
}

Result<void> list(const Line& line, Output& out) {
    TRY_ASSIGN(const auto limit, number_option(line, "limit"));
    TRY_ASSIGN(auto api, ApiClient::open(line.place));
    const auto most = limit.value_or(kUsualLimit);
    const auto found = api.list(rejects_path(line), "rejects", most);
    if (!found.ok()) {
        return with_what_there_is(api, found.error(), line.operands[0], line.operands[1]);
    }
    const auto& rejects = found.value();
    if (line.has("json")) return out.print(to_array(rejects));
    if (rejects.empty()) return out.print("The sink keeps no reject.\n");
    TextTable table{.heads = {"REJECT", "ARRIVED", "COLUMN", "REASON"},
                    .rows = {},
                    .is_number = {},
                    .least = {kWhole, 0, 0, kSentence}};
    for (const auto& reject : rejects) {
        table.rows.push_back({text_at(reject, {"rejectId"}), text_at(reject, {"arrivedAt"}),
                              text_at(reject, {"column"}), text_at(reject, {"message"})});
    }
    TRY(out.print(render(table, Output::width())));
    if (rejects.size() < most) return {};
    TRY(out.flush());
    Progress().say(fmt::format("The oldest {}; more by --limit", rejects.size()));
    return {};
}

// Page by page: a body may be large.
Result<Json> find_reject(ApiClient& api, const Line& line) {
    const auto& wanted = line.operands[2];
    std::string after;
    while (true) {
        auto path = fmt::format("{}?limit={}", rejects_path(line), kPage);
        if (!after.empty()) path += fmt::format("&afterId={}", encoded(after));
        const auto page = api.get(path, "rejects");
        if (!page.ok()) {
            return with_what_there_is(api, page.error(), line.operands[0], line.operands[1]);
        }
        const auto& rejects = member(page.value(), {"rejects"});
        for (const auto& reject : rejects) {
            if (text_at(reject, {"rejectId"}) == wanted) return reject;
        }
        after = text_at(page.value(), {"page", "lastId"});
        if (rejects.empty() || after.empty()) {
            return Error(Code::not_found,
                         fmt::format("The sink keeps no reject \"{}\"; millrace reject list {} {} "
                                     "shows those that it keeps",
                                     wanted, line.operands[0], line.operands[1]));
        }
    }
}

Result<void> get(const Line& line, Output& out) {
    TRY_ASSIGN(auto api, ApiClient::open(line.place));
    TRY_ASSIGN(const auto reject, find_reject(api, line));
    if (line.has("json")) return out.print(to_line(reject));
    std::string text = fmt::format(
        "reject   {}\narrived  {}\nexpires  {}\nerror    {}\nreason   {}\ncolumn   {}\nclient   "
        "{}\n"
        "type     {}\n",
        text_at(reject, {"rejectId"}), text_at(reject, {"arrivedAt"}),
        text_at(reject, {"expiresAt"}), text_at(reject, {"error"}),
        printable(text_at(reject, {"message"})), printable(text_at(reject, {"column"})),
        text_at(reject, {"clientIp"}), printable(text_at(reject, {"contentType"})));
    for (const auto& [name, value] : member(reject, {"headers"}).items()) {
        text += fmt::format("header   {}: {}\n", printable(name), printable(text_of(value)));
    }
    const bool is_text = member(reject, {"body"}).is_string();
    text += fmt::format("{}{}\n", is_text ? "body     " : "base64   ",
                        printable(text_at(reject, {is_text ? "body" : "bodyBase64"})));
    return out.print(text);
}

Result<void> retry(const Line& line, Output& out) {
    TRY_ASSIGN(auto api, ApiClient::open(line.place));
    const auto done = api.change("POST", rejects_path(line) + "/retry");
    if (!done.ok()) {
        return with_what_there_is(api, done.error(), line.operands[0], line.operands[1]);
    }
    if (line.has("json")) return out.print(to_line(done.value()));
    return out.print(text_at(done.value(), {"result"}) + "\n");
}

Result<void> remove(const Line& line, Output& out) {
    TRY_ASSIGN(auto api, ApiClient::open(line.place));
    const auto done = api.remove(rejects_path(line));
    if (!done.ok()) {
        return with_what_there_is(api, done.error(), line.operands[0], line.operands[1]);
    }
    if (line.has("json")) return out.print(to_line({{"deleted", true}}));
    return out.print("The sink keeps no reject any more.\n");
}

}  // namespace

std::vector<ClientCommand> reject_commands() {
    return {
        {.spec = {.words = "reject list",
                  .sentence = "Lists the records that a sink keeps because it could not map them.",
                  .operands = {"SOURCE", "SINK"},
                  .options = {kLimit, kJson},
                  .example = "millrace reject list shop orders"},
         .run = list},
        {.spec = {.words = "reject get",
                  .sentence = "Shows a reject, with its headers and body.",
                  .operands = {"SOURCE", "SINK", "REJECT"},
                  .options = {kJson},
                  .example = "millrace reject get shop orders 12"},
         .run = get},
        {.spec = {.words = "reject retry",
                  .sentence = "Maps all rejects of a sink again, as it is now.",
                  .operands = {"SOURCE", "SINK"},
                  .options = {kJson},
                  .example = "millrace reject retry shop orders"},
         .run = retry},
        {.spec = {.words = "reject delete",
                  .sentence = "Deletes all rejects of a sink, for good.",
                  .operands = {"SOURCE", "SINK"},
                  .options = {kJson},
                  .example = "millrace reject delete shop orders"},
         .run = remove},
    };
}

}  // namespace millrace::cli
