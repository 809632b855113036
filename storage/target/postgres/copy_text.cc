#include "storage/target/postgres/copy_text.h"

#include <fmt/format.h>

#include <algorithm>
#include <array>
#include <cstring>
#include <iterator>

#include "core/base/csv.h"
#include "core/model/timestamp.h"

namespace millrace::postgres {
namespace {

constexpr std::size_t kHeaderBytesMax = 1 << 20;

bool is_digit(char c) {
    return c >= '0' && c <= '9';
}

// Whether it is as parse_timestamp() writes it, but for the digits behind the second: most times
// are, and PostgreSQL reads these as they are meant. It refuses what no calendar has.
bool is_plain_time(std::string_view text) {
    constexpr std::string_view kForm = "0000-00-00T00:00:00";
    if (text.size() <= kForm.size() || text.back() != 'Z') return false;
    for (std::size_t i = 0; i < kForm.size(); ++i) {
        if (kForm[i] == '0' ? !is_digit(text[i]) : text[i] != kForm[i]) return false;
    }
    if (text.starts_with("0000") || text.substr(17, 2) > "59" || text.substr(11, 2) > "23")
        return false;
    const auto fraction = text.substr(kForm.size(), text.size() - kForm.size() - 1);
    if (fraction.empty()) return true;
    return fraction.front() == '.' && fraction.size() >= 2 && fraction.size() <= 7 &&
           std::all_of(fraction.begin() + 1, fraction.end(), is_digit);
}

// The end of a value whose first byte after the quote is `at`: its closing quote. Null when the
// bytes end before what follows it.
const char* closing_quote(const char* at, const char* end) {
    while (true) {
        const auto* const quote =
            static_cast<const char*>(std::memchr(at, '"', static_cast<std::size_t>(end - at)));
        if (quote == nullptr || quote + 1 == end) return nullptr;
        if (quote[1] != '"') return quote;
        at = quote + 2;
    }
}

bool has_key(const TableSpec& table) {
    return std::any_of(table.columns.begin(), table.columns.end(),
                       [](const TableColumn& column) { return column.primary_key; });
}

}  // namespace

// A row that is being read: what was not appended yet begins at `kept`.
class CopyText::Row {
public:
    enum class Read { whole, part };

    Row(CopyText& text, std::string& out, const char*& kept)
        : text_(text), out_(out), kept_(kept) {}

    // Moves `at` behind the row.
    Result<Read> read(const char*& at, const char* end) {
        if (text_.numbers_ == RowNumbers::first_column) {
            keep_up_to(at);
            fmt::format_to(std::back_inserter(out_), "{},",
                           text_.rows_before_ + text_.rows_ - text_.first_row_ + 1);
        }
        if (text_.shape_->has_operation && text_.has_header_) {
            TRY_ASSIGN(const auto read, read_operation(at, end));
            if (read == Read::part) return read;
        } else if (text_.shape_->has_operation) {
            read_mark(at);
        }
        const auto& columns = text_.shape_->columns;
        for (std::size_t i = 0; i < columns.size(); ++i) {
            const bool is_last = i + 1 == columns.size();
            TRY_ASSIGN(const auto read, read_value(text_.table_.columns[columns[i]], at, end));
            if (read == Read::part || at == end) return Read::part;
            if (*at != (is_last ? '\n' : ',')) return text_.corrupt(wrong_end(is_last, *at));
            ++at;
        }
        return Read::whole;
    }

private:
    static std::string_view wrong_end(bool is_last, char found) {
        if (is_last && found == ',') return "it has more values than expected";
        if (!is_last && found == '\n') return "it has fewer values than expected";
        return "a value is not followed by a comma or a line end";
    }

    void keep_up_to(const char* at) {
        out_.append(kept_, at);
        kept_ = at;
    }

    void replace(const char* begin, const char* end, std::string_view by) {
        keep_up_to(begin);
        out_ += by;
        kept_ = end;
    }

    Result<Read> read_operation(const char*& at, const char* end) const {
        for (const auto operation : {RowOperation::upsert, RowOperation::erase}) {
            const auto name = to_string(operation);
            const auto left = static_cast<std::size_t>(end - at);
            const auto found = std::string_view(at, std::min(left, name.size() + 1));
            if (found.size() <= name.size()) {
                if (name.starts_with(found)) return Read::part;
            } else if (found.starts_with(name) && found.back() == ',') {
                at += found.size();
                return Read::whole;
            }
        }
        return text_.corrupt("it does not begin with an operation");
    }

    // Of a row of format 1.
    void read_mark(const char*& at) {
        deletes_ = *at == kRowMark;
        replace(
            at, deletes_ ? at + 1 : at,
            fmt::format("{},", to_string(deletes_ ? RowOperation::erase : RowOperation::upsert)));
        if (deletes_) ++at;
    }

    Result<Read> read_value(const TableColumn& column, const char*& at, const char* end) {
        if (at == end) return Read::part;
        if (*at != '"') return read_bare(column, *at);
        if (deletes_ && !column.primary_key) {
            return text_.corrupt(fmt::format("it deletes, and has a value of \"{}\"", column.name));
        }
        const auto* const close = closing_quote(at + 1, end);
        if (close == nullptr) return Read::part;
        const auto* const begin = at;
        at = close + 1;
        if (column.data_type == DataType::string) return Read::whole;
        const std::string_view value(begin + 1, static_cast<std::size_t>(close - begin - 1));
        TRY(check_value(column, value, begin, at));
        return Read::whole;
    }

    // NULL of format 2, which COPY reads as it is.
    Result<Read> read_bare(const TableColumn& column, char found) const {
        const bool may_be = text_.has_header_ || deletes_;
        if (!may_be || (found != ',' && found != '\n')) {
            return text_.corrupt(fmt::format("column \"{}\": a value has no quotes", column.name));
        }
        if (column.primary_key) return text_.corrupt(null_key(column));
        return Read::whole;
    }

    // A value that is no text, between quotes from `begin` to `end`.
    Result<void> check_value(const TableColumn& column, std::string_view value, const char* begin,
                             const char* end) {
        if (is_null(column.data_type, value)) {
            if (text_.has_header_) return text_.corrupt(no_value(column));
            if (column.primary_key) return text_.corrupt(null_key(column));
            replace(begin, end, "");
            return {};
        }
        if (column.data_type != DataType::timestamp) {
            return fits(column.data_type, value) ? Result<void>() : text_.corrupt(no_value(column));
        }
        if (is_plain_time(value)) return {};
        const auto time = parse_timestamp(value);
        if (!time) return text_.corrupt(no_value(column));
        replace(begin, end, time->view());
        return {};
    }

    static std::string no_value(const TableColumn& column) {
        return fmt::format("column \"{}\": the cell is no value of its data type", column.name);
    }
    static std::string null_key(const TableColumn& column) {
        return fmt::format("column \"{}\" of the key is NULL", column.name);
    }

    CopyText& text_;
    std::string& out_;
    const char*& kept_;
    bool deletes_ = false;  // a row of format 1, which says so by its mark
};

Error CopyText::corrupt(std::string_view what) const {
    return {Code::corrupt, fmt::format("row {}: {}", rows_ + 1, what)};
}

Result<std::optional<std::size_t>> CopyText::read_front(std::string_view bytes) {
    if (bytes.empty()) return std::optional<std::size_t>();
    if (bytes.front() != kSliceHeaderMark) {
        shape_ = shape_of(table_);
        return std::optional<std::size_t>(0);
    }
    TRY_ASSIGN(const auto parsed, parse_slice_header(bytes));
    if (parsed) {
        TRY_ASSIGN(shape_, shape_of(table_, parsed->header));
        has_header_ = true;
        return std::optional(parsed->bytes);
    }
    if (bytes.size() > kHeaderBytesMax) {
        return Error(Code::corrupt, "the header of the slice does not end");
    }
    return std::optional<std::size_t>();
}

Result<std::size_t> CopyText::append_rows(std::string_view bytes, std::string& out) {
    const auto* const end = bytes.data() + bytes.size();
    const auto* at = bytes.data();
    const auto* kept = at;
    while (at < end) {
        const bool is_first_mark = !has_header_ && !shape_->has_operation && *at == kRowMark;
        if (is_first_mark) {
            if (!has_key(table_)) return corrupt("it deletes, and the table has no primary key");
            shape_->has_operation = true;
            break;
        }
        const auto* const row_begin = at;
        const auto* const kept_before = kept;
        const auto out_before = out.size();
        TRY_ASSIGN(const auto read, Row(*this, out, kept).read(at, end));
        if (read == Row::Read::part) {
            out.resize(out_before);
            kept = kept_before;
            at = row_begin;
            break;
        }
        ++rows_;
    }
    out.append(kept, at);
    return static_cast<std::size_t>(at - bytes.data());
}

}  // namespace millrace::postgres
