#include "core/bulk/json_row.h"

#include <fmt/format.h>

#include <algorithm>
#include <utility>

#include "core/mapping/json_text.h"
#include "core/mapping/json_walk.h"
#include "core/mapping/text_problem.h"

namespace millrace::bulk {
namespace {

// Keys of one row whose columns are remembered, and how long they may be.
constexpr std::size_t kSeenMax = 4096;
constexpr std::size_t kSeenBytesMax = 128;
constexpr std::string_view kReplacement = "\xEF\xBF\xBD";  // U+FFFD

void lower(std::string& text) {
    for (auto& c : text) {
        if (c >= 'A' && c <= 'Z') c = static_cast<char>(c - 'A' + 'a');
    }
}

std::vector<mapping::Path> first_parts(const std::vector<JsonPath>& paths) {
    std::vector<mapping::Path> first;
    for (const auto& path : paths) first.push_back(path.first);
    return first;
}

}  // namespace

Result<JsonRow> JsonRow::make(std::vector<SourceField> fields,
                              const std::vector<std::string>& paths) {
    std::vector<JsonPath> parsed;
    for (const auto& text : paths) {
        if (parsed.size() == fields.size()) break;  // of no column
        TRY_ASSIGN(auto path, parse_json_path(text));
        parsed.push_back(std::move(path));
    }
    TRY_ASSIGN(auto trie, mapping::PathTrie::build(first_parts(parsed)));
    return JsonRow(std::move(fields), paths, std::move(parsed), std::move(trie));
}

JsonRow::JsonRow(std::vector<SourceField> fields, const std::vector<std::string>& path_texts,
                 std::vector<JsonPath> paths, mapping::PathTrie trie)
    : fields_(std::move(fields)),
      paths_(std::move(paths)),
      trie_(std::move(trie)),
      cells_(fields_.size()),
      row_of_cell_(fields_.size()),
      elements_(paths_.size()) {
    for (std::size_t i = 0; i < fields_.size(); ++i) {
        auto name = fields_[i].name;
        lower(name);
        by_name_.emplace(std::move(name), i);
    }
    nothing_matches_ = nothing_matches(path_texts);
}

bool JsonRow::read(std::string_view object) {
    problem_.clear();
    text_.clear();
    object_bytes_ = object.size();
    ++row_;
    if (!object.starts_with('{')) {
        problem_ = "Expect json object value";
        return false;
    }
    return paths_.empty() ? read_by_name(object) : read_by_paths(object);
}

bool JsonRow::read_by_name(std::string_view object) {
    bool has_any = false;
    std::size_t place = 0;
    for (mapping::JsonItems items(object); items.next(); ++place) {
        const auto field = field_of(items.key(), place);
        if (field == fields_.size() || row_of_cell_[field] == row_) continue;
        has_any = true;
        if (!set(field, items.value())) return false;
    }
    if (has_any) return fill_missing();
    problem_ = "All fields is null, this is a invalid row.";
    return false;
}

// `key` as it was sent, the `place`-th of its row.
std::size_t JsonRow::field_of(std::string_view key, std::size_t place) {
    if (place < seen_.size() && seen_[place].text == key) return seen_[place].field;
    key_.clear();
    mapping::append_unescaped(key_, key);
    lower(key_);
    const auto found = by_name_.find(key_);
    const auto field = found == by_name_.end() ? fields_.size() : found->second;
    if (place < kSeenMax && key.size() <= kSeenBytesMax) {
        if (place >= seen_.size()) seen_.resize(place + 1);
        seen_[place].text = key;
        seen_[place].field = field;
    }
    return field;
}

bool JsonRow::read_by_paths(std::string_view object) {
    padded_.assign(object);
    const bool is_json = scanner_.scan(padded_, trie_);
    check(is_json, "a row that was valid JSON is none: {}", is_json ? "" : scanner_.problem());
    bool has_any = false;
    for (std::size_t i = 0; i < paths_.size(); ++i) {
        const auto& value = scanner_.value(static_cast<mapping::PathTrie::Slot>(i));
        std::optional<std::string_view> found;
        if (value.found()) found = value.text();
        if (found && !paths_[i].each.empty()) {
            found = find_each(*found, paths_[i].each, elements_[i]);
        }
        if (!found) continue;
        has_any = true;
        if (!set(i, *found)) return false;
    }
    if (has_any) return fill_missing();
    problem_ = nothing_matches_;
    return false;
}

// False if it may not be NULL.
bool JsonRow::set(std::size_t field, std::string_view json) {
    auto& cell = cells_[field];
    row_of_cell_[field] = row_;
    cell = {.text = json, .is_null = false};
    switch (json.front()) {
        case '"': {
            const auto inside = json.substr(1, json.size() - 2);
            cell.text = inside;
            if (inside.find('\\') == std::string_view::npos) break;
            if (text_.capacity() < object_bytes_) text_.reserve(object_bytes_);
            const auto begin = text_.size();
            mapping::append_unescaped(text_, inside);
            cell.text = std::string_view(text_).substr(begin);
            if (cell.text.find(kReplacement) == std::string_view::npos) break;
            // Which stands for half a character, or was sent.
            const auto problem = mapping::text_problem(DataType::json, json, false);
            if (!problem) break;
            problem_ = fmt::format("The column `{}`: {}.", fields_[field].name, *problem);
            return false;
        }
        case 'n':
            cell = {.text = {}, .is_null = true};
            if (!fields_[field].not_null) break;
            problem_ = fmt::format("Json value is null, but the column `{}` is not nullable.",
                                   fields_[field].name);
            return false;
        case 't':
            if (!fields_[field].keeps_json) cell.text = "1";
            break;
        case 'f':
            if (!fields_[field].keeps_json) cell.text = "0";
            break;
        default:
            break;
    }
    return true;
}

bool JsonRow::fill_missing() {
    for (std::size_t i = 0; i < fields_.size(); ++i) {
        if (row_of_cell_[i] == row_) continue;
        if (fields_[i].not_null) {
            problem_ =
                fmt::format("The column `{}` is not nullable, but it's not found in jsondata.",
                            fields_[i].name);
            return false;
        }
        cells_[i] = {.text = {}, .is_null = true};
    }
    return true;
}

std::string JsonRow::nothing_matches(const std::vector<std::string>& path_texts) const {
    std::string columns;
    for (const auto& field : fields_) columns += field.name + ", ";
    std::string paths;
    for (const auto& path : path_texts) {
        if (!paths.empty()) paths += ',';
        mapping::append_json_string(paths, path);
    }
    return fmt::format(
        "There is no column matching jsonpaths in the json file, columns:[{}], please check "
        "columns and jsonpaths:[{}]",
        columns, paths);
}

}  // namespace millrace::bulk
