#include "core/bulk/json_reader.h"

#include <fmt/format.h>

#include <optional>
#include <utility>

#include "core/bulk/json_documents.h"
#include "core/bulk/json_end.h"
#include "core/bulk/json_path.h"
#include "core/bulk/json_row.h"
#include "core/bulk/place.h"
#include "core/mapping/json_scan.h"
#include "core/mapping/json_walk.h"
#include "core/mapping/path_trie.h"

namespace millrace::bulk {
namespace {

class JsonReader final : public SourceReader {
public:
    JsonReader(const JsonFormat& format, const SourceLimits& limits, JsonRow row, bool has_root,
               mapping::PathTrie root)
        : format_(format),
          documents_(format, limits),
          values_(std::move(row)),
          has_root_(has_root),
          root_(std::move(root)) {}

    void feed(std::string_view piece) override { documents_.feed(piece); }
    void end() override { documents_.end(); }

    Result<bool> next() override {
        while (true) {
            if (rows_) {
                if (rows_->next()) {
                    read(rows_->value());
                    return true;
                }
                rows_.reset();
            }
            TRY_ASSIGN(auto document, documents_.next());
            if (!document) return false;
            TRY_ASSIGN(const bool has_row, open(*document));
            if (has_row) return true;
        }
    }

private:
    // Whether the document is a row, or a problem; if not, it may have rows.
    Result<bool> open(const JsonDocument& document) {
        row_.line = document.line;
        row_.offset = document.offset;
        row_.text = document.text;
        row_.problem.clear();
        if (!document.problem.empty()) return refuse(document.problem);
        text_.assign(document.text);
        if (!scanner_.scan(text_, root_)) {
            if (format_.by_line) TRY(check_for_second(document));
            return refuse(json_failure(scanner_.problem()));
        }
        auto json = text_.view();
        if (has_root_) {
            const auto& found = scanner_.value(0);
            if (!found.found()) return refuse("JSON Root not found.");
            json = found.text();
        }
        return open_value(json, document.is_element);
    }

    // `json` is where json_root led to. Of an element of the one array it may be an array too.
    Result<bool> open_value(std::string_view json, bool is_element) {
        if (json.front() == '[') {
            if (!format_.strip_outer_array) {
                return refuse(std::string(kArrayObject));
            }
            if (is_element && !has_root_) return refuse("Expect json object value");
            rows_.emplace(json);
            return false;
        }
        if (json.front() != '{') {
            return refuse(is_element ? "Expect json object value"
                                     : "Not an json object or json array");
        }
        if (format_.strip_outer_array && !is_element) {
            return refuse(std::string(kNotArrayObject));
        }
        read(json);
        return true;
    }

    // A line that is no JSON because it is two objects ends the load.
    Result<void> check_for_second(const JsonDocument& document) {
        const auto first = JsonEnd().find(document.text, true);
        if (!first || document.text.front() != '{') return {};
        const auto rest = document.text.substr(*first);
        const auto second = rest.find_first_not_of(" \t\r");
        if (second == std::string_view::npos || rest[second] != '{') return {};
        return Error(Code::invalid, fmt::format("Multiple JSON objects in a single line, at {}",
                                                shown_place(document.line, document.offset)))
            .named("DATA_QUALITY_ERROR");
    }

    void read(std::string_view object) {
        row_.text = object;
        row_.problem.clear();
        row_.cells = {};
        if (values_.read(object)) {
            row_.cells = values_.cells();
        } else {
            row_.problem = values_.problem();
        }
    }

    bool refuse(std::string problem) {
        row_.problem = std::move(problem);
        row_.cells = {};
        return true;
    }

    const JsonFormat format_;
    JsonDocuments documents_;
    JsonRow values_;
    const bool has_root_;
    mapping::PathTrie root_;  // of json_root, or of nothing
    mapping::PaddedText text_;
    mapping::JsonScanner scanner_;
    std::optional<mapping::JsonItems> rows_;  // of the document that is an array
};

}  // namespace

Result<std::unique_ptr<SourceReader>> make_json_reader(const JsonFormat& format,
                                                       std::vector<SourceField> fields,
                                                       const SourceLimits& limits) {
    TRY_ASSIGN(auto row, JsonRow::make(std::move(fields), format.paths));
    std::vector<mapping::Path> root;
    if (!format.root.empty()) {
        TRY_ASSIGN(auto path, parse_json_path(format.root));
        if (!path.each.empty()) {
            return Error(Code::invalid,
                         fmt::format("Invalid json path: {}: json_root takes no [*]", format.root));
        }
        if (!path.first.empty()) root.push_back(std::move(path.first));
    }
    TRY_ASSIGN(auto trie, mapping::PathTrie::build(root));
    return std::unique_ptr<SourceReader>(std::make_unique<JsonReader>(
        format, limits, std::move(row), !root.empty(), std::move(trie)));
}

}  // namespace millrace::bulk
