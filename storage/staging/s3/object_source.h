#pragma once
// ObjectSource: the bytes of an object, fetched piece by piece; a piece that was cut off goes on
// where it ended.
//
// Lifetime  the client lives longer.
// Thread    one.
// Errors    not_found; unavailable

#include <cstdint>
#include <optional>
#include <string>

#include "core/ports/byte_source.h"
#include "storage/staging/s3/client.h"

namespace millrace::s3 {

class ObjectSource final : public ByteSource {
public:
    ObjectSource(Client& client, std::string object, std::uint64_t piece_bytes)
        : client_(client), object_(std::move(object)), piece_bytes_(piece_bytes) {}

    // Fetches the first piece; before read().
    Result<void> open() { return fetch(); }

    Result<std::size_t> read(std::span<char> buffer) override;

private:
    Result<void> fetch();
    Operation request_from(std::uint64_t first) const;
    // Adds what came of the piece, if it is the part that begins at `first`.
    void take(web::HttpAnswer& answer, std::uint64_t first);
    bool is_whole() const;

    Client& client_;
    const std::string object_;
    const std::uint64_t piece_bytes_;
    std::optional<std::uint64_t> size_;  // of the object, once known
    std::string etag_;                   // of what the first piece was of
    std::string piece_;
    std::uint64_t piece_begin_ = 0;  // its place in the object
    std::size_t position_ = 0;       // in the piece
};

}  // namespace millrace::s3
