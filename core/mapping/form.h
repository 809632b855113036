#pragma once
// FormReader turns an application/x-www-form-urlencoded body into JSON text, so that paths find
// values in both alike: "a=1&b[c]=2&d[0]=x&d[]=y" is {"a":"1","b":{"c":"2"},"d":["x","y"]}.
//
// A field into which a path leads, and whose value is a JSON object or array, is that JSON: GitHub
// and Slack send one in `payload`.
//
// A key with the subkeys 0, 1, 2 ... in this order is an array, with any others an object; "[]" is
// the next free number. All values are strings. Of the same key sent twice the last value counts.
//
// A value that cannot be read, badly escaped or not UTF-8, breaks only what has it: nobody may want
// it. Text that is not UTF-8 is read by the charset that the form declares.
//
// Lifetime  reused from body to body; allocates only while its buffers grow. The buffers of a huge
//           form are given back by the next read().
// Thread    one.

#include <cstdint>
#include <optional>
#include <string>
#include <string_view>
#include <vector>

#include "core/mapping/charset.h"
#include "core/mapping/json_check.h"
#include "core/mapping/path_trie.h"

namespace millrace::mapping {

inline constexpr std::size_t kFormDepthMax = 32;
// Names and subkeys of a form, as often as they are sent: each costs much more than its bytes.
inline constexpr std::size_t kFormKeysMax = 20'000;

class FormReader {
public:
    // `salt` keeps senders from choosing keys that collide in the hash table.
    explicit FormReader(std::uint64_t salt) : salt_(salt) {}

    // True if `body` is a form; json() has it then. Else problem() says what is wrong. `charset` is
    // of keys and values behind their escapes, utf8 or windows_1252; beside utf8 the form may name
    // another one itself, in a value `_charset_` (HTML) or `charset` (payment notices).
    // `paths` are those that will be looked up, null if that does not matter.
    bool read(std::string_view body, Charset charset = Charset::utf8,
              const PathTrie* paths = nullptr);

    const std::string& json() const { return json_; }

    bool has_broken_values() const { return !broken_.empty(); }

    // Whether a value that cannot be read is in the piece of json() that begins there; problem() is
    // about it then.
    bool is_broken(std::size_t offset, std::size_t bytes);

    // Whether the last read() failed because there are more than kFormKeysMax keys.
    bool has_too_many_keys() const { return keys_ > kFormKeysMax; }

    // Why the last read() or is_broken() failed: `at byte 4: unable to parse key "b[c"`; bytes
    // count from 0.
    std::string problem() const;

private:
    using NodeId = std::uint32_t;
    static constexpr NodeId kNone = UINT32_MAX;

    struct Text {
        std::size_t begin = 0;  // in decoded_
        std::size_t bytes = 0;
    };
    enum class Fault : std::uint8_t { none, semicolon, escape, utf8 };
    struct Node {
        Text key;
        Text value;
        NodeId parent = kNone;
        NodeId first_child = kNone;
        NodeId last_child = kNone;
        NodeId next = kNone;  // sibling
        std::uint32_t children = 0;
        std::uint32_t next_index = 0;  // what "[]" means next
        bool is_list = true;           // the children are 0, 1, 2 ... so far
        bool has_value = false;
        Fault fault = Fault::none;  // of the value
        std::size_t pair_at = 0;    // of the value, in the body
    };
    struct Broken {
        std::size_t begin;  // in json_
        std::size_t end;
        NodeId node;
    };

    void release();
    bool read_pair(std::string_view pair);
    Fault decode(std::string_view encoded, Text& text);
    static std::string_view text_of(Fault fault);
    void repair_values();
    std::optional<Charset> declared_charset() const;
    bool add(Text key, Text value, Fault fault);
    NodeId child(NodeId parent, Text key);
    NodeId new_child(NodeId parent, Text key);
    void grow_table();
    std::uint64_t hash(NodeId parent, std::string_view key) const;
    bool is_json_field(NodeId node);
    void write(NodeId node, bool as_list);
    void write_children(NodeId node, bool as_list);
    bool fail(std::string problem);
    bool too_many_keys();

    std::string_view text(Text t) const {
        return std::string_view(decoded_).substr(t.begin, t.bytes);
    }

    const std::uint64_t salt_;
    Charset charset_ = Charset::utf8;
    const PathTrie* paths_ = nullptr;  // of the body that is read
    JsonCheck json_check_;
    bool has_bad_utf8_ = false;  // some value, so far
    std::string decoded_;
    std::vector<Node> nodes_;
    std::vector<NodeId> table_;  // open addressing, by parent and key; at most half full
    std::string json_;
    std::vector<Broken> broken_;  // in order
    std::string problem_;
    std::size_t pair_at_ = 0;
    std::size_t keys_ = 0;  // so far
};

}  // namespace millrace::mapping
