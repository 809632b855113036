#include "core/bulk/avro_container.h"

#include <fmt/format.h>

#include <algorithm>
#include <utility>

#include "core/base/shown_text.h"
#include "core/bulk/avro_bytes.h"

namespace millrace::bulk {
namespace {

constexpr std::string_view kMagic("Obj\x01", 4);
constexpr std::size_t kSyncBytes = 16;
constexpr std::size_t kNumberBytes = 10;    // of a number, at most
constexpr std::int64_t kEntriesMax = 1000;  // of metadata

Error invalid(std::string text) {
    return Error(Code::invalid, std::move(text));
}

// What the metadata of a header say that matters.
struct Metadata {
    std::string_view schema;
    std::string_view codec;
};

// Reads a header; `needed` is how many bytes it takes to read on where it is not whole.
class HeaderReader {
public:
    explicit HeaderReader(std::string_view bytes) : bytes_(bytes) { bytes_.take(kMagic.size()); }

    // Nothing: it is not whole.
    Result<std::optional<Metadata>> read() {
        Metadata found;
        while (true) {
            TRY_ASSIGN(auto count, number());
            if (!count) return std::optional<Metadata>();
            if (*count == 0) return std::optional(found);
            if (*count < 0) {  // then the size of the entries follows
                count = *count == INT64_MIN ? INT64_MAX : -*count;
                TRY_ASSIGN(const auto size, number());
                if (!size) return std::optional<Metadata>();
            }
            entries_ += std::min(*count, kEntriesMax + 1);
            if (entries_ > kEntriesMax) return invalid("The header of the Avro file is damaged.");
            for (std::int64_t i = 0; i < *count; ++i) {
                TRY_ASSIGN(const auto key, bytes());
                if (!key) return std::optional<Metadata>();
                TRY_ASSIGN(const auto value, bytes());
                if (!value) return std::optional<Metadata>();
                if (*key == "avro.schema") found.schema = *value;
                if (*key == "avro.codec") found.codec = *value;
            }
        }
    }

    std::size_t position() const { return bytes_.position(); }
    std::size_t needed() const { return needed_; }

private:
    Result<std::optional<std::int64_t>> number() {
        const auto value = bytes_.number();
        if (bytes_.is_broken()) return invalid("The header of the Avro file is damaged.");
        if (!value) needed_ = bytes_.position() + bytes_.left() + 1;
        return value;
    }

    Result<std::optional<std::string_view>> bytes() {
        TRY_ASSIGN(const auto length, number());
        if (!length) return std::optional<std::string_view>();
        if (*length < 0) return invalid("The header of the Avro file has a negative length.");
        const auto text = bytes_.take(static_cast<std::uint64_t>(*length));
        if (!text) needed_ = bytes_.position() + static_cast<std::size_t>(*length);
        return text;
    }

    AvroBytes bytes_;
    std::int64_t entries_ = 0;
    std::size_t needed_ = 0;
};

}  // namespace

void AvroContainer::feed(std::string_view bytes) {
    begin_ += std::exchange(used_, 0);
    if (begin_ > 0 && (begin_ >= bytes_.size() / 2 || begin_ > limits_.block_bytes)) {
        dropped_ += begin_;
        bytes_.erase(0, begin_);
        begin_ = 0;
    }
    bytes_ += bytes;
}

// False where the file does not have so many bytes at hand.
bool AvroContainer::wants(std::size_t bytes) {
    needed_ = bytes;
    return rest().size() >= bytes;
}

Result<void> AvroContainer::set_schema(std::string_view schema, std::string_view codec) {
    const auto known = avro_codec_from(codec);
    if (!known) {
        return invalid(
            fmt::format("The Avro file has the codec \"{}\"; there are null, deflate, "
                        "snappy and zstandard.",
                        shortened(codec, 40)));
    }
    codec_ = *known;
    if (fields_ && schema == schema_) return {};
    TRY_ASSIGN(auto fields, parse_avro_schema(schema));
    if (fields_ && fields != *fields_) {
        return invalid(
            fmt::format("The Avro file at byte {} has another schema than the first.", offset()));
    }
    schema_ = schema;
    fields_ = std::move(fields);
    return {};
}

Result<bool> AvroContainer::read_header() {
    const auto text = rest();
    if (!kMagic.starts_with(text.substr(0, kMagic.size()))) {
        return invalid(
            fmt::format("At byte {} there is no Avro object container file: it begins with \"Obj\" "
                        "and a byte 1.",
                        offset()));
    }
    if (text.size() < kMagic.size()) return wants(kMagic.size());
    HeaderReader reader(text);
    TRY_ASSIGN(const auto metadata, reader.read());
    const auto needed = metadata ? reader.position() + kSyncBytes : reader.needed();
    if (needed > limits_.header_bytes) {
        return Error(Code::too_large, fmt::format("The header of the Avro file has more than {} "
                                                  "bytes.",
                                                  limits_.header_bytes));
    }
    if (!wants(needed) || !metadata) return false;
    TRY(set_schema(metadata->schema, metadata->codec));
    std::copy_n(text.begin() + static_cast<std::ptrdiff_t>(reader.position()), kSyncBytes,
                sync_.begin());
    begin_ += needed;
    needed_ = 0;
    has_header_ = true;
    return true;
}

Result<std::optional<AvroContainer::Block>> AvroContainer::next() {
    begin_ += std::exchange(used_, 0);
    while (true) {
        const auto text = rest();
        if (text.empty() || text.size() < needed_) return std::optional<Block>();
        if (!has_header_ || text.front() == kMagic.front()) {
            has_header_ = false;
            TRY_ASSIGN(const bool is_read, read_header());
            if (!is_read) return std::optional<Block>();
            continue;
        }
        AvroBytes numbers(text.substr(0, 2 * kNumberBytes));
        const auto records = numbers.number();
        const auto size = records ? numbers.number() : std::nullopt;
        if (numbers.is_broken() || (records && *records < 0) || (size && *size < 0)) {
            return invalid(
                fmt::format("The block of the Avro file at byte {} has a broken or "
                            "negative count.",
                            offset()));
        }
        if (!size) {
            needed_ = text.size() + 1;
            return std::optional<Block>();
        }
        if (static_cast<std::uint64_t>(*size) > limits_.block_bytes) {
            return Error(Code::too_large,
                         fmt::format("The block of the Avro file at byte {} has {} bytes, more "
                                     "than {}; write smaller blocks, or raise "
                                     "upload.input-buffer.",
                                     offset(), *size, limits_.block_bytes));
        }
        const auto begin = numbers.position();
        const auto bytes = static_cast<std::size_t>(*size);
        if (!wants(begin + bytes + kSyncBytes)) return std::optional<Block>();
        needed_ = 0;
        if (text.substr(begin + bytes, kSyncBytes) != std::string_view(sync_.data(), kSyncBytes)) {
            return invalid(
                fmt::format("The block of the Avro file at byte {} does not end with the "
                            "sync marker of the file.",
                            offset()));
        }
        TRY_ASSIGN(const auto plain, decode_avro_block(codec_, text.substr(begin, bytes),
                                                       limits_.plain_bytes, plain_));
        used_ = begin + bytes + kSyncBytes;
        return std::optional(Block{
            .records = static_cast<std::uint64_t>(*records), .bytes = plain, .offset = offset()});
    }
}

Result<void> AvroContainer::finish() const {
    if (!fields_ && rest().empty()) {
        return invalid("The body is empty: it should be an Avro object container file.");
    }
    if (has_header_ && begin_ + used_ == bytes_.size()) return {};
    return invalid(fmt::format("The Avro file is cut off: the last {} begins at byte {}.",
                               has_header_ ? "block" : "header", offset() + used_));
}

}  // namespace millrace::bulk
