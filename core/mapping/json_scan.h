#pragma once
// JsonScanner validates a JSON text in one pass and remembers where the values of some paths are.
//
// Strict RFC 8259, the whole text; nested at most kJsonDepthMax levels. Values are not converted:
// what is found is the text as it was sent. Of members with the same key the first counts; a key
// counts as what it means ("\u0061" is "a"). A surrogate escape without its partner is accepted.
//
// Lifetime  reused from text to text; allocates only while its buffers grow.
// Thread    one.

#include <array>
#include <cstdint>
#include <cstring>
#include <memory>
#include <span>
#include <string>
#include <string_view>
#include <vector>

#include "core/mapping/found_records.h"
#include "core/mapping/path_trie.h"

namespace millrace::mapping {

inline constexpr std::size_t kJsonDepthMax = 1000;

// A copy of a text with zero bytes behind it, so that a scanner needs no check for the end.
class PaddedText {
public:
    static constexpr std::size_t kPadding = 64;

    void assign(std::string_view text);
    std::string_view view() const { return {bytes_.get(), size_}; }

private:
    std::unique_ptr<char[]> bytes_;
    std::size_t size_ = 0;
    std::size_t capacity_ = 0;
};

// Where a value is in the scanned text.
struct JsonValue {
    const char* begin = nullptr;  // null: not in the text
    std::size_t bytes = 0;
    bool spaced = false;   // there is white space inside it, outside its strings
    bool escaped = false;  // of a string: there is a backslash in it

    bool found() const { return begin != nullptr; }
    std::string_view text() const { return {begin, bytes}; }
};

class JsonScanner {
public:
    // True if `text` is JSON; value() knows then what it has at the paths of `trie`, until the next
    // scan() and as long as `text` lives. Else problem() says what is wrong.
    bool scan(const PaddedText& text, const PathTrie& trie);

    // As if a scan had found these in `text`, which lives as long as they are asked for.
    void take(std::string_view text, std::span<const FoundValue> values);

    const JsonValue& value(PathTrie::Slot slot) const { return values_[slot]; }

    // Why the last scan() failed: `at byte 6: expected "," or "}", found "b"`; bytes count from 0.
    std::string problem() const;

private:
    using StateId = PathTrie::StateId;

    // All take the position to read from and return the one behind what they read, null for a
    // fault.
    const char* document(const char* p);
    const char* visit(const char* p, StateId state);
    const char* visit_object(const char* p, StateId state);
    const char* visit_array(const char* p, StateId state);
    const char* skip(const char* p);
    const char* skip_name(const char* p);
    const char* scalar(const char* p);
    const char* number(const char* p);
    const char* literal(const char* p, std::string_view word);
    const char* string(const char* p);
    const char* escape(const char* p);
    const char* colon(const char* p);
    const char* space(const char* p);

    bool push(const char* p, bool object);
    void pop() { --depth_; }
    bool in_object() const { return is_object_[depth_ - 1]; }
    const char* fail(const char* p, std::string_view fault);
    const char* fail_in_container(const char* p);
    StateId member(StateId state, const char* begin, const char* end);
    bool enter(StateId state);

    std::string_view text_;
    const PathTrie* trie_ = nullptr;
    std::vector<JsonValue> values_;
    std::vector<std::uint32_t> entered_;  // per state: the last scan that entered it
    std::uint32_t scan_ = 0;
    std::uint64_t spaces_ = 0;  // runs of white space so far
    bool escaped_ = false;      // the last string has a backslash
    std::string key_;           // a key without its escapes
    std::size_t depth_ = 0;
    std::array<bool, kJsonDepthMax> is_object_{};

    std::size_t fault_at_ = 0;
    std::string_view fault_;
};

}  // namespace millrace::mapping
