#pragma once
// What a flattener finds while it writes, against what a scanner finds in the lines.

#include <gtest/gtest.h>

#include <cctype>
#include <charconv>
#include <nlohmann/json.hpp>
#include <set>
#include <string>
#include <string_view>
#include <vector>

#include "core/mapping/json_scan.h"
#include "core/otlp/flattener.h"

namespace millrace::otlp {

inline mapping::PathPart path_part(const std::string& key) {
    mapping::PathPart part{.key = key, .index = {}, .index_only = false};
    std::uint32_t index = 0;
    const auto* const end = key.data() + key.size();
    const auto [stop, failure] = std::from_chars(key.data(), end, index);
    if (failure == std::errc() && stop == end && std::to_string(index) == key) part.index = index;
    return part;
}

// Adds where `value` and all values in it are; `path` leads to it.
inline void add_paths(const nlohmann::json& value, mapping::Path& path,
                      std::vector<mapping::Path>& paths) {
    if (!path.empty()) paths.push_back(path);
    const auto add = [&](const std::string& key, const nlohmann::json& inner) {
        path.push_back(path_part(key));
        add_paths(inner, path, paths);
        path.pop_back();
    };
    if (value.is_object()) {
        for (const auto& [key, inner] : value.items()) add(key, inner);
        add("nowhere", nullptr);
    } else if (value.is_array()) {
        for (std::size_t i = 0; i < value.size(); ++i) add(std::to_string(i), value[i]);
    } else if (path.size() < 4) {
        path.push_back(path_part("inside"));  // of what has no members, or has them elsewhere
        paths.push_back(path);
        path.pop_back();
    }
}

// All that there are in the lines, up to a number.
inline std::vector<mapping::Path> all_paths(std::string_view lines) {
    constexpr std::size_t kMost = 400;
    std::vector<mapping::Path> paths = {{}};  // the whole record
    std::set<std::vector<std::string>> known;
    for (std::size_t at = 0; at < lines.size() && known.size() < kMost;) {
        const auto end = lines.find('\n', at);
        std::vector<mapping::Path> of_line;
        mapping::Path begin;
        add_paths(nlohmann::json::parse(lines.substr(at, end - at)), begin, of_line);
        for (auto& path : of_line) {
            std::vector<std::string> keys;
            for (const auto& part : path) keys.push_back(part.key);
            if (known.insert(keys).second) paths.push_back(std::move(path));
        }
        at = end + 1;
    }
    return paths;
}

// Goal    the values that were found while the records of `request` were written are those that a
//         scanner finds in their lines. Returns how many there are.
inline std::size_t expect_found_as_scanned(Signal signal, Encoding encoding,
                                           std::string_view request) {
    Flattener flattener(64 << 20);
    if (!flattener.flatten(signal, encoding, request).ok()) return 0;
    const auto paths = all_paths(flattener.text());
    const auto built = mapping::PathTrie::build(paths);
    if (!built.ok()) return 0;  // they meet in too many ways
    const auto& trie = built.value();
    const std::string lines(flattener.text());
    EXPECT_TRUE(flattener.flatten(signal, encoding, request, &trie).ok());
    EXPECT_EQ(flattener.text(), lines) << "the lines are others when somebody looks";

    std::size_t found_values = 0;
    std::size_t record = 0;
    mapping::PaddedText padded;
    mapping::JsonScanner scanner;
    for (std::size_t at = 0; at < lines.size(); ++record) {
        const auto end = lines.find('\n', at);
        const auto line = std::string_view(lines).substr(at, end - at);
        padded.assign(line);
        EXPECT_TRUE(scanner.scan(padded, trie)) << scanner.problem() << ": " << line;
        const auto found = flattener.found().of(record);
        EXPECT_EQ(found.paths, &trie);
        for (std::size_t slot = 0; slot < paths.size(); ++slot) {
            const auto& scanned = scanner.value(static_cast<mapping::PathTrie::Slot>(slot));
            const auto& value = found.values[slot];
            const auto text = value.found() ? line.substr(value.begin, value.bytes) : "nothing";
            const auto expected = scanned.found() ? scanned.text() : "nothing";
            EXPECT_EQ(text, expected) << "slot " << slot << " of " << line;
            if (scanned.found() && scanned.text().front() == '"' && scanned.escaped) {
                EXPECT_TRUE(value.escaped) << text;
            }
            if (value.found()) ++found_values;
        }
        at = end + 1;
    }
    EXPECT_EQ(record, flattener.records());
    return found_values;
}

}  // namespace millrace::otlp
