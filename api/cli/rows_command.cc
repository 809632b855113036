#include "api/cli/rows_command.h"

#include <charconv>
#include <cstdint>
#include <limits>
#include <optional>

#include "api/cli/api_client.h"
#include "api/cli/text_table.h"

namespace millrace::cli {
namespace {

constexpr std::uint64_t kPage = 1000;      // the most that the API gives at once
constexpr std::uint64_t kForPeople = 100;  // rows, unless --limit says how many

Result<std::uint64_t> limit_of(const config::ClientLine& line) {
    const auto text = line.value("limit");
    if (!text) {
        return line.has("json") ? std::numeric_limits<std::uint64_t>::max() : kForPeople;
    }
    std::uint64_t limit = 0;
    const auto* const end = text->data() + text->size();
    const auto read = std::from_chars(text->data(), end, limit);
    if (read.ec == std::errc() && read.ptr == end && limit > 0) return limit;
    return wrong_usage(line, fmt::format("--limit is a number of rows, not \"{}\"", *text));
}

// The pages of a table, one after the other.
class Pages {
public:
    Pages(ApiClient& api, std::string_view table, std::string_view target, std::uint64_t limit)
        : api_(api),
          path_(fmt::format("/branches/default/tables/{}/rows", encoded(table))),
          target_(target),
          left_(limit) {}

    // Nothing when there is no further one.
    Result<std::optional<Json>> next() {
        if (left_ == 0 || has_ended_) return std::optional<Json>();
        auto path = fmt::format("{}?limit={}", path_, std::min(left_, kPage));
        if (!target_.empty()) path += fmt::format("&target={}", encoded(target_));
        if (!after_.empty()) path += fmt::format("&after={}", encoded(after_));
        TRY_ASSIGN(auto page, api_.get(path));
        after_ = text_at(page, {"page", "next"});
        has_ended_ = after_.empty();
        left_ -= std::min<std::uint64_t>(left_, member(page, {"rows"}).size());
        return std::optional(std::move(page));
    }

    bool has_more() const { return !has_ended_; }

private:
    ApiClient& api_;
    const std::string path_;
    const std::string target_;
    std::string after_;
    std::uint64_t left_;
    bool has_ended_ = false;
};

Result<void> print_lines(Pages& pages, Output& out) {
    while (true) {
        TRY_ASSIGN(const auto page, pages.next());
        if (!page) return {};
        for (const auto& row : member(*page, {"rows"})) TRY(out.print(to_line(row)));
    }
}

Result<void> print_table(Pages& pages, Output& out) {
    TextTable table;
    while (true) {
        TRY_ASSIGN(const auto page, pages.next());
        if (!page) break;
        if (table.heads.empty()) {
            for (const auto& column : member(*page, {"columns"})) {
                table.heads.push_back(text_of(column));
            }
            table.is_number.assign(table.heads.size(), true);
        }
        for (const auto& row : member(*page, {"rows"})) {
            std::vector<std::string> cells;
            for (std::size_t i = 0; i < table.heads.size(); ++i) {
                const auto& cell = member(row, {table.heads[i]});
                if (!cell.is_number() && !cell.is_null()) table.is_number[i] = false;
                cells.push_back(text_of(cell));
            }
            table.rows.push_back(std::move(cells));
        }
    }
    TRY(out.print(render(table, Output::width())));
    if (!pages.has_more()) return {};
    TRY(out.flush());
    Progress().say(fmt::format("{} rows; more by --limit or --json", table.rows.size()));
    return {};
}

Result<void> rows(const config::ClientLine& line, Output& out) {
    TRY_ASSIGN(const auto limit, limit_of(line));
    TRY_ASSIGN(auto api, ApiClient::open(line.place));
    Pages pages(api, line.operands[0], line.value("target").value_or(""), limit);
    return line.has("json") ? print_lines(pages, out) : print_table(pages, out);
}

}  // namespace

ClientCommand rows_command() {
    return {.spec = {.words = "rows",
                     .sentence = "Shows rows of a table.",
                     .operands = {"TABLE"},
                     .options = {{.name = "limit",
                                  .placeholder = "N",
                                  .sentence = "At most so many. Default 100, with --json all."},
                                 {.name = "target",
                                  .placeholder = "TARGET",
                                  .sentence = "Where the table is, if it is in several targets."},
                                 {.name = "json",
                                  .placeholder = {},
                                  .sentence = "Prints each row as a line of JSON."}},
                     .example = "millrace rows in.c-shop.orders --limit 10"},
            .run = rows};
}

}  // namespace millrace::cli
