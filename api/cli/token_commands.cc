#include "api/cli/token_commands.h"

#include "api/cli/api_client.h"
#include "api/cli/text_table.h"

namespace millrace::cli {
namespace {

Result<void> create(const config::ClientLine& line, Output& out) {
    Json body = {{"description", line.operands[0]},
                 {"role", line.value("role").value_or("readonly")}};
    if (line.has("bucket")) body["buckets"] = line.values("bucket");
    if (body["role"] == "load" && !line.has("bucket")) {
        return wrong_usage(line,
                           "one of the role load needs --bucket BUCKET, where it may load to, as "
                           "--bucket in.c-shop");
    }
    TRY_ASSIGN(auto api, ApiClient::open(line.place));
    TRY_ASSIGN(const auto token, api.post("/tokens", body, "token"));
    if (line.has("json")) return out.print(to_line(token));
    return out.print(text_at(token, {"token"}) + "\n");
}

Result<void> list(const config::ClientLine& line, Output& out) {
    TRY_ASSIGN(auto api, ApiClient::open(line.place));
    TRY_ASSIGN(const auto tokens, api.list("/tokens", "tokens"));
    if (line.has("json")) return out.print(to_array(tokens));
    if (tokens.empty()) {
        return out.print("There is no token but the admin token of the installation.\n");
    }
    TextTable table{.heads = {"ID", "ROLE", "CREATED", "DESCRIPTION"},
                    .rows = {},
                    .is_number = {},
                    .least = {kWhole, kWhole}};
    for (const auto& token : tokens) {
        table.rows.push_back({text_at(token, {"id"}), text_at(token, {"role"}),
                              text_at(token, {"created", "at"}), text_at(token, {"description"})});
    }
    return out.print(render(table, Output::width()));
}

Result<void> remove(const config::ClientLine& line, Output& out) {
    TRY_ASSIGN(auto api, ApiClient::open(line.place));
    TRY(api.remove("/tokens/" + encoded(line.operands[0])));
    return out.print(fmt::format("The token {} is refused from now on.\n", line.operands[0]));
}

}  // namespace

std::vector<ClientCommand> token_commands() {
    return {
        {.spec = {.words = "token create",
                  .sentence = "Makes a token of the API, and prints it this once.",
                  .operands = {"DESCRIPTION"},
                  .options = {{.name = "role",
                               .placeholder = "ROLE",
                               .sentence = "readonly, admin or load. Default readonly."},
                              {.name = "bucket",
                               .placeholder = "BUCKET",
                               .sentence = "Where one of the role load may load to: in.c-BUCKET.",
                               .is_repeated = true},
                              kJson},
                  .example = "millrace token create \"Grafana of the shop\" --role readonly"},
         .run = create},
        {.spec = {.words = "token list",
                  .sentence = "Lists the tokens, without what is secret of them.",
                  .options = {kJson},
                  .example = "millrace token list"},
         .run = list},
        {.spec = {.words = "token delete",
                  .sentence = "Deletes a token: it is refused from then on.",
                  .operands = {"ID"},
                  .example = "millrace token delete 4f1nU0pTq2Xa"},
         .run = remove},
    };
}

}  // namespace millrace::cli
