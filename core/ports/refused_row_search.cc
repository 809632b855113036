#include "core/ports/refused_row_search.h"

#include <algorithm>
#include <deque>
#include <string>
#include <utility>

#include "core/ports/raw_rows.h"

namespace millrace {
namespace {

constexpr std::size_t kPartRows = 10'000;
constexpr std::size_t kPartBytes = 8 << 20;

class Search {
public:
    Search(const ImportRequest& file, std::size_t at_most, const TryRows& try_rows)
        : file_(file), at_most_(at_most), try_rows_(try_rows) {}

    Result<void> look_through(std::uint32_t slice);
    bool is_over() const { return found_.size() > at_most_; }
    std::vector<RowRefusal> found() && { return std::move(found_); }

private:
    // Rows of the slice that no part has applied.
    struct Ahead {
        std::string text;
        std::deque<std::size_t> sizes;  // of its rows, in bytes
        std::uint64_t first = 0;        // the number of the first in the slice
    };

    static Result<void> fill(RawRows& rows, Ahead& ahead);
    static void drop(Ahead& ahead, std::size_t count);
    static std::size_t row_of_line(const Ahead& ahead, std::size_t count, std::uint64_t line);
    TriedRows try_part(const std::string& header, const Ahead& ahead, std::size_t count) const;

    const ImportRequest& file_;
    const std::size_t at_most_;
    const TryRows& try_rows_;
    std::vector<RowRefusal> found_;
};

Result<void> Search::fill(RawRows& rows, Ahead& ahead) {
    while (ahead.sizes.size() < kPartRows && ahead.text.size() < kPartBytes) {
        TRY_ASSIGN(const auto row, rows.next());
        if (!row) break;
        ahead.text += *row;
        ahead.sizes.push_back(row->size());
    }
    return {};
}

void Search::drop(Ahead& ahead, std::size_t count) {
    std::size_t bytes = 0;
    for (std::size_t i = 0; i < count; ++i) {
        bytes += ahead.sizes.front();
        ahead.sizes.pop_front();
    }
    ahead.text.erase(0, bytes);
    ahead.first += count;
}

// Lines of values count too.
std::size_t Search::row_of_line(const Ahead& ahead, std::size_t count, std::uint64_t line) {
    auto begin = ahead.text.begin();
    std::uint64_t lines = 0;
    for (std::size_t row = 0; row < count; ++row) {
        const auto end = begin + static_cast<std::ptrdiff_t>(ahead.sizes[row]);
        lines += static_cast<std::uint64_t>(std::count(begin, end, '\n'));
        if (lines >= line) return row;
        begin = end;
    }
    return count;
}

TriedRows Search::try_part(const std::string& header, const Ahead& ahead, std::size_t count) const {
    std::size_t bytes = 0;
    for (std::size_t i = 0; i < count; ++i) bytes += ahead.sizes[i];
    const auto text = header + ahead.text.substr(0, bytes);
    auto part = file_;
    part.rows = count;
    part.bytes = text.size();
    part.slices = 1;
    part.open_slice = [&text](std::uint32_t) -> Result<std::unique_ptr<ByteSource>> {
        return std::unique_ptr<ByteSource>(std::make_unique<TextSource>(text));
    };
    return try_rows_(part);
}

Result<void> Search::look_through(std::uint32_t slice) {
    TRY_ASSIGN(auto csv, file_.open_slice(slice));
    RawRows rows(std::move(csv));
    Ahead ahead;
    auto size = kPartRows;
    std::size_t passed = 0;   // since the last one that was found
    std::size_t suspect = 0;  // so many rows ahead have one that is refused; 0: it is not known
    while (!is_over()) {
        TRY(fill(rows, ahead));
        if (ahead.sizes.empty()) return {};
        const auto count = std::min(size, ahead.sizes.size());
        auto tried = try_part(rows.header(), ahead, count);
        if (tried.outcome.ok()) {
            drop(ahead, count);
            passed += count;
            suspect -= std::min(suspect, count);
            size = suspect > 0 ? std::max<std::size_t>(suspect / 2, 1)
                               : std::min(2 * count, kPartRows);
            continue;
        }
        if (!is_row_refused(tried.outcome.error())) return std::move(tried.outcome).error();
        if (count == 1) {
            found_.push_back({.slice = slice,
                              .row = ahead.first,
                              .reason = tried.outcome.error().client_text()});
            drop(ahead, 1);
            suspect = 0;
            size = std::clamp<std::size_t>(2 * std::exchange(passed, 0), 2, kPartRows);
            continue;
        }
        const auto named = tried.line == 0 ? count : row_of_line(ahead, count, tried.line);
        suspect = std::min(named + 1, count);
        size = named < count ? std::max<std::size_t>(named, 1) : count / 2;
    }
    return {};
}

}  // namespace

Result<std::vector<RowRefusal>> find_refused_rows(const ImportRequest& file, std::size_t at_most,
                                                  const TryRows& try_rows) {
    Search search(file, at_most, try_rows);
    for (std::uint32_t slice = 0; slice < file.slices && !search.is_over(); ++slice) {
        TRY(search.look_through(slice));
    }
    return std::move(search).found();
}

}  // namespace millrace
