#pragma once
// Little-endian numbers and ids in byte buffers, as all local binary formats use them.

#include <concepts>
#include <cstddef>
#include <cstdint>
#include <cstring>
#include <string>
#include <string_view>

#include "core/base/uuid.h"

namespace millrace {

static_assert(__BYTE_ORDER__ == __ORDER_LITTLE_ENDIAN__, "numbers are copied as they are");

template <std::integral T>
void put(std::string& out, T number) {
    char bytes[sizeof number];
    std::memcpy(bytes, &number, sizeof number);
    out.append(bytes, sizeof number);
}

inline void put(std::string& out, const Uuid& uuid) {
    out.append(reinterpret_cast<const char*>(uuid.bytes.data()), uuid.bytes.size());
}

// Takes values from the front of a view. Running past the end sets failed() and gives zeros.
class WireReader {
public:
    explicit WireReader(std::string_view bytes) : rest_(bytes) {}

    template <std::integral T>
    T get() {
        T number = 0;
        copy(&number, sizeof number);
        return number;
    }
    Uuid get_uuid() {
        Uuid uuid;
        copy(uuid.bytes.data(), uuid.bytes.size());
        return uuid;
    }
    std::string_view get_bytes(std::uint64_t count) {
        if (count > rest_.size()) {
            failed_ = true;
            rest_ = {};
            return {};
        }
        const auto bytes = rest_.substr(0, count);
        rest_.remove_prefix(count);
        return bytes;
    }

    bool failed() const { return failed_; }
    std::size_t left() const { return rest_.size(); }

private:
    void copy(void* to, std::size_t count) {
        const auto bytes = get_bytes(count);
        if (bytes.size() == count) std::memcpy(to, bytes.data(), count);
    }

    std::string_view rest_;
    bool failed_ = false;
};

}  // namespace millrace
