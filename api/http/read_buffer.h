#pragma once
// ReadBuffer: the bytes of a connection that were received and not consumed yet, in one piece.
//
// Lifetime  pointers into it are valid until the next room() or erase(); offsets from begin()
// longer.

#include <cstddef>
#include <memory>
#include <span>
#include <string_view>

namespace millrace::http {

class ReadBuffer {
public:
    const char* begin() const { return bytes_.get() + begin_; }
    std::size_t size() const { return end_ - begin_; }
    bool empty() const { return begin_ == end_; }
    std::string_view view() const { return {begin(), size()}; }

    // Free space behind the bytes, at least 1 byte: makes some by moving the bytes to the front, or
    // by doubling. What is asked for never counts, only what has come: a client cannot reserve
    // memory.
    std::span<char> room();
    std::size_t capacity_with_room() const;  // bytes held after room()
    std::size_t capacity() const { return capacity_; }

    // Makes the buffer as large as that, whatever is in it.
    void widen(std::size_t capacity);
    void add(std::size_t received) { end_ += received; }

    // Drops `count` bytes from the front, or those from `offset` on.
    void consume(std::size_t count);
    void erase(std::size_t offset, std::size_t count);
    void clear() { begin_ = end_ = 0; }
    void release();  // clears, and gives the memory back

    static constexpr std::size_t kFirstBytes = 4 << 10;  // what the first room() allocates
    static constexpr std::size_t kKeptBytes = 64 << 10;  // a larger one is given back when empty

private:
    bool must_grow() const;

    std::unique_ptr<char[]> bytes_;
    std::size_t capacity_ = 0;
    std::size_t begin_ = 0;
    std::size_t end_ = 0;
};

}  // namespace millrace::http
