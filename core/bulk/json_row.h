#pragma once
// JsonRow: one JSON object -> the cells of the source columns, by name or by paths.
//
// All becomes text: true and false are 1 and 0, numbers stay as they were written, what is in an
// object or array too. A key means the column of its name without regard to case; the first of
// equal keys counts. Keys of no column are passed over.
//
// Lifetime  the cells live until the next read(), or as long as the object.
// Thread    one.

#include <cstdint>
#include <span>
#include <string>
#include <string_view>
#include <unordered_map>
#include <vector>

#include "core/base/result.h"
#include "core/bulk/json_path.h"
#include "core/bulk/source_row.h"
#include "core/mapping/json_scan.h"
#include "core/mapping/path_trie.h"

namespace millrace::bulk {

class JsonRow {
public:
    // Errors  invalid: a path that is none
    static Result<JsonRow> make(std::vector<SourceField> fields,
                                const std::vector<std::string>& paths);

    // Reads `object`, which is valid JSON. False if it is no row; problem() says why.
    bool read(std::string_view object);

    std::span<const Cell> cells() const { return cells_; }
    const std::string& problem() const { return problem_; }

private:
    struct SeenKey {
        std::string text;       // as it was sent
        std::size_t field = 0;  // its place, or the number of fields: of no column
    };

    JsonRow(std::vector<SourceField> fields, const std::vector<std::string>& path_texts,
            std::vector<JsonPath> paths, mapping::PathTrie trie);

    bool read_by_name(std::string_view object);
    bool read_by_paths(std::string_view object);
    std::size_t field_of(std::string_view key, std::size_t place);
    bool set(std::size_t field, std::string_view json);
    bool fill_missing();
    std::string nothing_matches(const std::vector<std::string>& path_texts) const;

    std::vector<SourceField> fields_;
    std::vector<JsonPath> paths_;  // of the first fields; empty: by name
    mapping::PathTrie trie_;       // of their first parts
    mapping::PaddedText padded_;
    mapping::JsonScanner scanner_;

    std::unordered_map<std::string, std::size_t> by_name_;  // in lower case
    std::vector<SeenKey> seen_;  // the keys of earlier rows by their place: rows are much alike
    std::vector<Cell> cells_;
    std::vector<std::uint64_t> row_of_cell_;  // the row in which the cell was set
    std::uint64_t row_ = 0;
    std::string text_;              // of strings with escapes; does not grow while cells live
    std::size_t object_bytes_ = 0;  // of the row: what its texts take at most
    std::string key_;
    std::vector<std::string> elements_;  // what paths with [*] found
    std::string nothing_matches_;        // what is said then
    std::string problem_;
};

}  // namespace millrace::bulk
