#pragma once
// ByteWindow: the part of a body that is being read: what came and was not consumed, as one text.
//
// Pieces are copied behind each other, so a row is a text whatever the borders of the pieces were.
// kPadding bytes behind the text may be read. UTF-8 and NUL are looked for in large blocks as
// pieces come, which is several times faster than row by row.
//
// Lifetime  rest() lives until the next feed().
// Thread    one.

#include <cstddef>
#include <cstdint>
#include <memory>
#include <string_view>

namespace millrace::bulk {

class ByteWindow {
public:
    static constexpr std::size_t kPadding = 64;

    void feed(std::string_view piece);
    void end() { ended_ = true; }
    bool ended() const { return ended_; }

    std::string_view rest() const { return {bytes_.get() + begin_, end_ - begin_}; }
    void consume(std::size_t bytes) { begin_ += bytes; }
    std::uint64_t offset() const { return dropped_ + begin_; }  // of rest() in the body

    // Passes over a byte order mark at the front of the body; false if it is not known yet whether
    // there is one.
    bool skip_mark();

    // Whether `text`, which lies in the window, is UTF-8.
    bool is_utf8(std::string_view text) const;
    // Whether it surely has no NUL.
    bool has_no_nul(std::string_view text) const { return place_of(text) >= behind_nul_; }

private:
    void make_room(std::size_t bytes);
    void check_utf8();
    void look_for_nul(std::string_view fresh);
    std::uint64_t place_of(std::string_view text) const {  // in the body
        return dropped_ + static_cast<std::uint64_t>(text.data() - bytes_.get());
    }

    std::unique_ptr<char[]> bytes_ = std::make_unique<char[]>(kPadding);
    std::size_t capacity_ = 0;  // without the padding
    std::size_t begin_ = 0;
    std::size_t end_ = 0;
    std::uint64_t dropped_ = 0;  // bytes of the body that are not here any more, before bytes_[0]
    bool ended_ = false;
    bool has_no_mark_ = false;  // or it was passed over
    // Places in the body. What is between good_begin_ and good_end_ is UTF-8; all before checked_
    // was looked at.
    std::uint64_t good_begin_ = 0;
    std::uint64_t good_end_ = 0;
    std::uint64_t checked_ = 0;
    std::uint64_t behind_nul_ = 0;  // no NUL from here on
};

}  // namespace millrace::bulk
