#include "storage/target/postgres/pg_error.h"

#include <fmt/format.h>

#include <algorithm>
#include <array>
#include <charconv>

namespace millrace::postgres {
namespace {

struct State {
    std::string_view prefix;  // the first that fits decides
    Code code;
    std::string_view remedy;
};

constexpr std::string_view kMakeAnew =
    "enable the sink (PUT .../enable; of a table of loads: millrace table create) to make its "
    "schema and table anew";

constexpr std::array kStates = {
    State{"08", Code::unavailable, ""},
    State{"22", Code::corrupt, ""},
    State{"23", Code::conflict,
          "change the constraint, or what the sink sends; the rows wait in staging"},
    State{"25006", Code::unavailable,
          "the database is read-only: let dsn name the primary (target_session_attrs=read-write), "
          "or end default_transaction_read_only"},
    State{"25", Code::unavailable, ""},
    State{"28", Code::unavailable, "check user and password of dsn, and pg_hba.conf"},
    State{"2B", Code::conflict, "drop what depends on it first"},
    State{"3D000", Code::unavailable, "create the database, or correct dbname of dsn"},
    State{"3F000", Code::conflict, kMakeAnew},
    State{"40", Code::unavailable, ""},
    State{"42501", Code::conflict, "grant the role of dsn what it lacks"},
    State{"42P01", Code::conflict, kMakeAnew},
    State{"42", Code::conflict, ""},
    State{"44", Code::conflict, ""},
    State{"53100", Code::unavailable, "free space on the disk of the database"},
    State{"53300", Code::unavailable,
          "raise max_connections of the database, or lower the option connections"},
    State{"53", Code::unavailable, ""},
    State{"54", Code::conflict, "a limit of PostgreSQL is reached"},
    State{"55P03", Code::unavailable, "another transaction holds a lock on the table"},
    State{"55", Code::unavailable, ""},
    State{"57014", Code::unavailable,
          "the option statement-timeout, or an administrator, ended the statement"},
    State{"57", Code::unavailable, ""},
    State{"58", Code::unavailable, ""},
    State{"P0001", Code::conflict, "a trigger of the table refuses it"},
};

const State* find(std::string_view state) {
    const auto* const found = std::ranges::find_if(
        kStates, [&](const State& one) { return state.starts_with(one.prefix); });
    return found == kStates.end() ? nullptr : found;
}

// "invalid input syntax for type bigint: "abc"" without the value.
std::string_view without_value(std::string_view message) {
    return message.substr(0, message.find(": \""));
}

}  // namespace

Code code_of(std::string_view state) {
    const auto* const found = find(state);
    return found == nullptr ? Code::unavailable : found->code;
}

std::string_view remedy_of(std::string_view state) {
    const auto* const found = find(state);
    return found == nullptr ? std::string_view() : found->remedy;
}

std::string place_of(std::string_view context) {
    const auto copy = context.find("COPY ");  // other lines are of functions, or of a JSON text
    if (copy == std::string_view::npos) return {};
    auto place = context.substr(copy);
    place = place.substr(0, place.find('\n'));
    const auto begin = place.find(", line ");
    if (begin == std::string_view::npos) return {};
    place = place.substr(begin + 2);
    // The text of the line or of the value follows a colon.
    return std::string(place.substr(0, place.find(": ")));
}

bool is_about_row(std::string_view state) {
    // 54000: the row, or a key of it, is larger than a page of the table takes.
    constexpr std::array kClasses = {"22", "23", "44", "P0", "54000"};
    return std::ranges::any_of(kClasses,
                               [&](std::string_view one) { return state.starts_with(one); });
}

std::uint64_t line_of(std::string_view context) {
    constexpr std::string_view kBefore = "line ";
    const auto place = place_of(context);
    std::uint64_t line = 0;
    if (!place.starts_with(kBefore)) return line;
    const auto* const begin = place.data() + kBefore.size();
    std::from_chars(begin, place.data() + place.size(), line);
    return line;
}

std::string words_of(const Report& report) {
    const bool is_value = report.state.starts_with("22");
    return fmt::format("PostgreSQL: {} ({})",
                       is_value ? without_value(report.message) : report.message, report.state);
}

Error error_of(const Report& report) {
    auto text = words_of(report);
    if (const auto place = place_of(report.context); !place.empty()) text += ", " + place;
    if (const auto remedy = remedy_of(report.state); !remedy.empty()) {
        text += fmt::format("; {}", remedy);
    }
    return {code_of(report.state), std::move(text)};
}

}  // namespace millrace::postgres
