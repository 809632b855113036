#include "core/bulk/json_path.h"

#include <fmt/format.h>

#include <charconv>
#include <span>

#include "core/base/shown_text.h"
#include "core/mapping/json_text.h"
#include "core/mapping/json_walk.h"

namespace millrace::bulk {
namespace {

class PathText {
public:
    explicit PathText(std::string_view text) : text_(text), rest_(text) {}

    Result<JsonPath> read() {
        if (!take("$")) return invalid();
        while (!rest_.empty()) {
            if (rest_ == "." && parts_ == 0) break;
            if (++parts_ > mapping::kPathPartsMax) return invalid();
            if (take("[")) {
                TRY(read_index());
            } else if (take(".")) {
                TRY(read_key());
            } else {
                return invalid();
            }
        }
        return std::move(path_);
    }

private:
    Error invalid() const {
        return Error(Code::invalid, fmt::format("Invalid json path: {}", shortened(text_, 200)));
    }

    bool take(std::string_view mark) {
        if (!rest_.starts_with(mark)) return false;
        rest_.remove_prefix(mark.size());
        return true;
    }

    mapping::Path& end() { return path_.each.empty() ? path_.first : path_.each.back(); }

    Result<void> read_index() {
        if (take("*]")) {
            path_.each.emplace_back();
            return {};
        }
        std::uint32_t index = 0;
        const auto close = rest_.find(']');
        if (close == std::string_view::npos) return invalid();
        const auto* const last = rest_.data() + close;
        const auto result = std::from_chars(rest_.data(), last, index);
        if (result.ec != std::errc() || result.ptr != last) return invalid();
        end().push_back({.key = std::to_string(index), .index = index, .index_only = true});
        rest_.remove_prefix(close + 1);
        return {};
    }

    Result<void> read_key() {
        std::string key;
        if (take("\"")) {
            const auto close = rest_.find('"');
            if (close == std::string_view::npos) return invalid();
            key = rest_.substr(0, close);
            rest_.remove_prefix(close + 1);
        } else {
            const auto stop = std::min(rest_.find_first_of(".[\""), rest_.size());
            key = rest_.substr(0, stop);
            rest_.remove_prefix(stop);
            if (key.empty()) return invalid();
        }
        end().push_back({.key = std::move(key), .index = {}, .index_only = false});
        return {};
    }

    const std::string_view text_;
    std::string_view rest_;
    std::size_t parts_ = 0;
    JsonPath path_;
};

// What `path` leads to in `json`; nothing if it leads nowhere.
std::optional<std::string_view> find(std::string_view json,
                                     std::span<const mapping::PathPart> path) {
    for (const auto& part : path) {
        if (json.front() != (part.index ? '[' : '{')) return std::nullopt;
        mapping::JsonItems items(json);
        std::optional<std::string_view> found;
        for (std::uint32_t i = 0; !found && items.next(); ++i) {
            if (part.index ? *part.index == i : items.key() == part.key) found = items.value();
        }
        if (!found) return std::nullopt;
        json = *found;
    }
    return json;
}

// What was found: one value as it is, several as an array.
class Found {
public:
    explicit Found(std::string& scratch) : scratch_(scratch) {}

    void add(std::string_view value) {
        if (count_ == 0) first_ = value;
        if (count_ == 1) scratch_.assign("[").append(first_);
        if (count_ > 0) scratch_.append(",").append(value);
        ++count_;
    }

    std::optional<std::string_view> value() {
        if (count_ == 0) return std::nullopt;
        if (count_ == 1) return first_;
        scratch_ += ']';
        return scratch_;
    }

private:
    std::string& scratch_;
    std::string_view first_;
    std::size_t count_ = 0;
};

void collect(std::string_view json, std::span<const mapping::Path> each, Found& found) {
    if (json.front() != '[') return;
    for (mapping::JsonItems items(json); items.next();) {
        const auto value = find(items.value(), each.front());
        if (!value) continue;
        if (each.size() == 1) {
            found.add(*value);
        } else {
            collect(*value, each.subspan(1), found);
        }
    }
}

}  // namespace

Result<JsonPath> parse_json_path(std::string_view text) {
    return PathText(text).read();
}

std::optional<std::string_view> find_each(std::string_view json,
                                          const std::vector<mapping::Path>& each,
                                          std::string& scratch) {
    Found found(scratch);
    collect(json, each, found);
    return found.value();
}

}  // namespace millrace::bulk
