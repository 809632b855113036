#include "api/cli/receipt_command.h"

#include "api/cli/api_client.h"
#include "api/cli/text_table.h"

namespace millrace::cli {
namespace {

Result<Json> find_receipt(ApiClient& api, const std::string& id, bool waits) {
    const auto path = "/branches/default/receipts/" + encoded(id);
    TRY_ASSIGN(auto receipt, api.get(path, "sinks"));
    Progress progress;
    while (waits && member(receipt, {"done"}) == false) {
        progress.show("Waiting until the rows are in their tables");
        TRY_ASSIGN(receipt, api.get(path + "?wait=30s", "sinks"));
    }
    return receipt;
}

Result<void> receipt(const config::ClientLine& line, Output& out) {
    TRY_ASSIGN(auto api, ApiClient::open(line.place));
    TRY_ASSIGN(const auto found, find_receipt(api, line.operands[0], line.has("wait")));
    if (line.has("json")) return out.print(to_line(found));
    TextTable table{.heads = {"SOURCE", "SINK", "STATE", "FILE"},
                    .rows = {},
                    .is_number = {},
                    .least = {kWhole, kWhole, 0, kWhole}};
    for (const auto& sink : member(found, {"sinks"})) {
        table.rows.push_back({text_at(sink, {"sourceId"}), text_at(sink, {"sinkId"}),
                              text_at(sink, {"state"}), text_at(sink, {"fileId"})});
    }
    return out.print(render(table, Output::width()));
}

}  // namespace

ClientCommand receipt_command() {
    return {
        .spec = {.words = "receipt",
                 .sentence = "Shows where the rows of a request are, by the receipt of its answer.",
                 .operands = {"ID"},
                 .options = {{.name = "wait",
                              .placeholder = {},
                              .sentence = "Waits until they are in their tables."},
                             kJson},
                 .example = "millrace receipt AAECAwQFBgc --wait"},
        .run = receipt};
}

}  // namespace millrace::cli
