#pragma once
// The keys of a stream map of Pinot, and what becomes of each: what docs/pinot.md says in a table.

#include <span>
#include <string>
#include <string_view>

namespace millrace::pinot {

enum class KeyFate {
    same,       // it does what it does in Pinot
    mapped,     // it does something like it
    no_effect,  // nothing here corresponds to it: a warning
    refused,    // it cannot be honoured: an error, unless it says `off`
};

std::string_view to_string(KeyFate fate);  // "same", "mapped", "no effect", "refused"

struct StreamKey {
    std::string_view key;  // "stream.kafka.topic.name"; a `*` at its end stands for any rest
    KeyFate fate = KeyFate::same;
    std::string_view says;      // what becomes of it, a sentence without a point
    std::string_view off = {};  // of a refused key: the value that asks for nothing
};

// In the order of the document.
std::span<const StreamKey> stream_keys();

// Null: none that Pinot knows.
const StreamKey* find_stream_key(std::string_view key);

// The rows of the table in docs/pinot.md, in Markdown.
std::string stream_keys_table();

}  // namespace millrace::pinot
