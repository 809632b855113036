#pragma once
// Receipt: what the answer to an accepted request says of where its rows went, so that they can be
// found again. It is a place, not a name: requests that share a batch may have equal receipts.
//
// Format  base64url without padding (RFC 4648 5) of: version 1 (a byte), ack (a byte), arrival in
//         ms since 1970, length and text of the volume's name, batch, number of sinks, of each its
//         number and its outcomes (a byte), and the CRC32C of all that (4 bytes, little endian).
//         Other numbers are LEB128. Clients treat it as opaque.

#include <cstdint>
#include <optional>
#include <string>
#include <string_view>
#include <vector>

#include "core/base/ids.h"
#include "core/base/time.h"

namespace millrace {

// What had happened to the rows of a request when it was answered.
enum class Ack : std::uint8_t {
    disk,    // they are durable
    cache,   // they are in the page cache: a crash of the process loses nothing
    memory,  // they wait for their turn
};

std::string_view to_string(Ack ack);  // "disk", "cache", "memory"
std::optional<Ack> parse_ack(std::string_view text);

struct Receipt {
    struct Sink {
        SinkNumber number;
        bool has_rows = false;
        bool has_kept = false;     // records among its rejects
        bool has_refused = false;  // records that are nowhere

        bool operator==(const Sink&) const = default;
    };

    Ack ack = Ack::disk;
    WallTime arrived_at;
    VolumeId volume;  // of the rows; empty: there are none
    BatchNumber batch;
    std::vector<Sink> sinks;

    bool operator==(const Receipt&) const = default;
};

std::string encode_receipt(const Receipt& receipt);

// Nothing for a text that encode_receipt() does not return.
std::optional<Receipt> decode_receipt(std::string_view text);

}  // namespace millrace
