#include "api/http/read_buffer.h"

#include <cstring>
#include <utility>

namespace millrace::http {
namespace {

constexpr std::size_t kRoomBytes = 1 << 10;  // with less, a receive is not worth its system call

}  // namespace

// Whether there is too little room even with the bytes at the front.
bool ReadBuffer::must_grow() const {
    return capacity_ - size() < kRoomBytes;
}

std::size_t ReadBuffer::capacity_with_room() const {
    if (!must_grow()) return capacity_;
    return capacity_ == 0 ? kFirstBytes : capacity_ * 2;
}

std::span<char> ReadBuffer::room() {
    if (capacity_ - end_ < kRoomBytes && begin_ > 0) {
        std::memmove(bytes_.get(), begin(), size());
        end_ = size();
        begin_ = 0;
    }
    if (must_grow()) widen(capacity_with_room());
    return {bytes_.get() + end_, capacity_ - end_};
}

void ReadBuffer::widen(std::size_t capacity) {
    auto bytes = std::make_unique_for_overwrite<char[]>(capacity);
    if (!empty()) std::memcpy(bytes.get(), begin(), size());
    end_ = size();
    begin_ = 0;
    bytes_ = std::move(bytes);
    capacity_ = capacity;
}

void ReadBuffer::consume(std::size_t count) {
    begin_ += count;
    if (!empty()) return;
    clear();
    if (capacity_ > kKeptBytes) release();
}

void ReadBuffer::release() {
    clear();
    bytes_.reset();
    capacity_ = 0;
}

void ReadBuffer::erase(std::size_t offset, std::size_t count) {
    auto* const at = bytes_.get() + begin_ + offset;
    std::memmove(at, at + count, size() - offset - count);
    end_ -= count;
}

}  // namespace millrace::http
