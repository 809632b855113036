#include "core/model/slice_header.h"

#include <algorithm>
#include <utility>

#include "core/base/csv.h"

namespace millrace {
namespace {

constexpr std::string_view kVersion2 = "#slice 2";
constexpr std::string_view kOperation = "operation";
constexpr std::string_view kSequence = "sequence ";
constexpr std::string_view kUpsert = "upsert";
constexpr std::string_view kErase = "delete";

Error corrupt(std::string_view what) {
    return Error(Code::corrupt, fmt::format("the header of the slice {}", what));
}

bool take(std::string_view& text, std::string_view front) {
    if (!text.starts_with(front)) return false;
    text.remove_prefix(front.size());
    return true;
}

// A quoted value at the front of `text`; nothing if it has no end.
std::optional<std::string> take_quoted(std::string_view& text) {
    std::string value;
    if (!take(text, "\"")) return std::nullopt;
    while (true) {
        const auto quote = text.find('"');
        if (quote == std::string_view::npos) return std::nullopt;
        value += text.substr(0, quote);
        text.remove_prefix(quote + 1);
        if (!take(text, "\"")) return value;
        value.push_back('"');
    }
}

// The end of the first line; line ends inside quotes are none.
std::size_t end_of_line(std::string_view text) {
    bool in_quotes = false;
    for (std::size_t i = 0; i < text.size(); ++i) {
        if (text[i] == '"') in_quotes = !in_quotes;
        if (text[i] == '\n' && !in_quotes) return i;
    }
    return std::string_view::npos;
}

Result<void> take_column(std::string_view& text, SliceHeader& header) {
    if (take(text, kSequence)) {
        if (header.sequence) return corrupt("has two sequences");
        header.sequence = header.columns.size();
    }
    auto name = take_quoted(text);
    if (!name) return corrupt("has something that is no column");
    if (std::find(header.columns.begin(), header.columns.end(), *name) != header.columns.end()) {
        return corrupt(fmt::format("has the column \"{}\" twice", *name));
    }
    header.columns.push_back(std::move(*name));
    return {};
}

}  // namespace

std::string_view to_string(RowOperation operation) {
    return operation == RowOperation::upsert ? kUpsert : kErase;
}

std::optional<RowOperation> row_operation_from(std::string_view text) {
    if (text == kUpsert) return RowOperation::upsert;
    if (text == kErase) return RowOperation::erase;
    return std::nullopt;
}

std::string render_slice_header(const SliceHeader& header) {
    check(!header.columns.empty(), "a slice without columns");
    std::string line(kVersion2);
    if (header.has_operation) {
        line += ',';
        line += kOperation;
    }
    for (std::size_t i = 0; i < header.columns.size(); ++i) {
        line += ',';
        if (header.sequence == i) line += kSequence;
        append_csv_value(line, header.columns[i]);
    }
    return line + '\n';
}

Result<std::optional<ParsedSliceHeader>> parse_slice_header(std::string_view front) {
    const auto end = end_of_line(front);
    if (end == std::string_view::npos) return std::optional<ParsedSliceHeader>();
    auto line = front.substr(0, end);
    ParsedSliceHeader parsed{.header = {}, .bytes = end + 1};
    if (!take(line, kVersion2) || !take(line, ",")) return corrupt("is of no known version");
    if (take(line, kOperation)) {
        parsed.header.has_operation = true;
        if (!take(line, ",")) return corrupt("has no columns");
    }
    while (true) {
        TRY(take_column(line, parsed.header));
        if (line.empty()) return std::optional(std::move(parsed));
        if (!take(line, ",")) return corrupt("has something behind a column");
    }
}

}  // namespace millrace
