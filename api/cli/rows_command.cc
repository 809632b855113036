#include "api/cli/rows_command.h"

#include <algorithm>
#include <cstdint>
#include <limits>
#include <optional>
#include <set>

#include "api/cli/api_client.h"
#include "api/cli/following.h"
#include "api/cli/known_names.h"
#include "api/cli/number_option.h"
#include "api/cli/text_table.h"

namespace millrace::cli {
namespace {

constexpr std::uint64_t kPage = 1000;  // the most that the API gives at once
constexpr Milliseconds kPause{1000};

Result<std::uint64_t> limit_of(const config::ClientLine& line) {
    TRY_ASSIGN(const auto limit, number_option(line, "limit"));
    const bool has_all = line.has("json") || line.has("follow");
    return limit.value_or(has_all ? std::numeric_limits<std::uint64_t>::max() : kUsualLimit);
}

std::string rows_path(const config::ClientLine& line, std::uint64_t limit,
                      const std::string& after) {
    auto path = fmt::format("{}/rows?limit={}", table_path(line.operands[0]), limit);
    if (const auto target = line.value("target")) path += "&target=" + encoded(*target);
    if (!after.empty()) path += "&after=" + encoded(after);
    return path;
}

// The pages of a table, one after the other.
class Pages {
public:
    Pages(ApiClient& api, const config::ClientLine& line, std::uint64_t limit)
        : api_(api), line_(line), left_(limit) {}

    // Nothing when there is no further one.
    Result<std::optional<Json>> next() {
        if (left_ == 0 || has_ended_) return std::optional<Json>();
        auto page = api_.get(rows_path(line_, std::min(left_, kPage), after_), "rows");
        if (!page.ok()) return with_tables(api_, page.error(), line_.operands[0]);
        after_ = text_at(page.value(), {"page", "next"});
        has_ended_ = after_.empty();
        left_ -= std::min<std::uint64_t>(left_, member(page.value(), {"rows"}).size());
        return std::optional(std::move(page).value());
    }

    bool has_more() const { return !has_ended_; }

private:
    ApiClient& api_;
    const config::ClientLine& line_;
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

std::vector<std::string> heads_of(const Json& page) {
    std::vector<std::string> heads;
    for (const auto& column : member(page, {"columns"})) heads.push_back(text_of(column));
    return heads;
}

std::vector<std::string> cells_of(const Json& row, const std::vector<std::string>& heads) {
    std::vector<std::string> cells;
    for (const auto& head : heads) cells.push_back(text_of(member(row, {head})));
    return cells;
}

// The columns of which all values are numbers.
std::vector<bool> numbers_of(const std::vector<Json>& rows, const std::vector<std::string>& heads) {
    std::vector<bool> is_number;
    for (const auto& head : heads) {
        is_number.push_back(std::ranges::all_of(rows, [&](const Json& row) {
            const auto& cell = member(row, {head});
            return cell.is_number() || cell.is_null();
        }));
    }
    return is_number;
}

Result<void> print_table(Pages& pages, Output& out) {
    TextTable table;
    std::vector<Json> rows;
    while (true) {
        TRY_ASSIGN(const auto page, pages.next());
        if (!page) break;
        if (table.heads.empty()) table.heads = heads_of(*page);
        const auto& more = member(*page, {"rows"});
        rows.insert(rows.end(), more.begin(), more.end());
    }
    table.is_number = numbers_of(rows, table.heads);
    for (const auto& row : rows) table.rows.push_back(cells_of(row, table.heads));
    TRY(out.print(render(table, Output::width())));
    if (!pages.has_more()) return {};
    TRY(out.flush());
    Progress().say(fmt::format("{} rows; more by --limit or --json", table.rows.size()));
    return {};
}

// The rows of a table that have come since it was asked before. The last page is asked for again
// and again: what is in it and was not the last time is new.
class Tail {
public:
    Tail(Following& following, const config::ClientLine& line)
        : following_(following), line_(line) {}

    struct Piece {
        std::vector<Json> rows;
        std::vector<std::string> heads;
        bool is_last = false;  // there are no more for now
    };

    // Nothing once a signal has come.
    Result<std::optional<Piece>> next() {
        TRY_ASSIGN(const auto page, following_.get(rows_path(line_, kPage, after_), "rows"));
        if (!page) return std::optional<Piece>();
        Piece piece{.rows = {}, .heads = heads_of(*page), .is_last = false};
        std::multiset<std::string> in_page;
        for (const auto& row : member(*page, {"rows"})) {
            auto line = to_line(row);
            if (const auto known = seen_.find(line); known != seen_.end()) {
                seen_.erase(known);
            } else {
                piece.rows.push_back(row);
            }
            in_page.insert(std::move(line));
        }
        const auto next = text_at(*page, {"page", "next"});
        piece.is_last = next.empty();
        if (!next.empty()) after_ = next;
        seen_ = next.empty() ? std::move(in_page) : std::multiset<std::string>();
        return std::optional(std::move(piece));
    }

private:
    Following& following_;
    const config::ClientLine& line_;
    std::string after_;
    std::multiset<std::string> seen_;  // of the last page
};

Result<void> print_piece(Tail::Piece& piece, bool as_json, std::optional<GrowingTable>& table,
                         Output& out) {
    if (as_json) {
        for (const auto& row : piece.rows) TRY(out.print(to_line(row)));
        return out.flush();
    }
    if (piece.rows.empty()) return {};
    if (!table) {
        table.emplace(piece.heads, numbers_of(piece.rows, piece.heads), Output::width());
    }
    std::vector<std::vector<std::string>> rows;
    for (const auto& row : piece.rows) rows.push_back(cells_of(row, piece.heads));
    for (auto& row : rows) row.resize(table->columns());
    TRY(out.print(table->add(std::move(rows))));
    return out.flush();
}

Result<void> follow(const config::ClientLine& line, ApiClient& api, std::uint64_t left,
                    Output& out) {
    Following following(api);
    Tail tail(following, line);
    std::optional<GrowingTable> table;
    for (bool is_skipping = line.has("new"); left > 0;) {
        auto next = tail.next();
        if (!next.ok()) return with_tables(api, next.error(), line.operands[0]);
        if (!next.value()) return {};
        auto& piece = *next.value();
        if (is_skipping) piece.rows.clear();
        if (piece.rows.size() > left) piece.rows.resize(left);
        left -= piece.rows.size();
        TRY(print_piece(piece, line.has("json"), table, out));
        if (!piece.is_last) continue;
        is_skipping = false;
        if (left > 0 && !Following::pause(kPause)) return {};
    }
    return {};
}

Result<void> rows(const config::ClientLine& line, Output& out) {
    if (line.has("new") && !line.has("follow")) return wrong_usage(line, "--new is for --follow");
    TRY_ASSIGN(const auto limit, limit_of(line));
    TRY_ASSIGN(auto api, ApiClient::open(line.place));
    if (line.has("follow")) return follow(line, api, limit, out);
    Pages pages(api, line, limit);
    return line.has("json") ? print_lines(pages, out) : print_table(pages, out);
}

}  // namespace

ClientCommand rows_command() {
    return {.spec = {.words = "rows",
                     .sentence = "Shows rows of a table.",
                     .operands = {"TABLE"},
                     .options = {{.name = "limit",
                                  .placeholder = "N",
                                  .sentence = "At most so many. Default 100; with --json or "
                                              "--follow all."},
                                 {.name = "follow",
                                  .placeholder = {},
                                  .sentence = "Goes on with rows that come at the end of the "
                                              "table, or change there, until Ctrl-C or --limit."},
                                 {.name = "new",
                                  .placeholder = {},
                                  .sentence = "With --follow: none of those that are there."},
                                 {.name = "target",
                                  .placeholder = "TARGET",
                                  .sentence = "Where the table is, if it is in several targets."},
                                 {.name = "json",
                                  .placeholder = {},
                                  .sentence = "Prints each row as a line of JSON."}},
                     .example = "millrace rows in.c-shop.orders --follow"},
            .run = rows};
}

}  // namespace millrace::cli
