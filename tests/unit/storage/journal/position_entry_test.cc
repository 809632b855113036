#include "storage/journal/position_entry.h"

#include <gtest/gtest.h>

#include <fstream>
#include <sstream>
#include <string>
#include <vector>

#include "storage/journal/format.h"

namespace millrace::journal {
namespace {

Fingerprint source() {
    Fingerprint value;
    value.bytes[0] = 0x01;
    value.bytes[15] = 2;
    return value;
}

std::vector<SourcePosition> samples() {
    return {{.source = source(), .partition = "orders-7", .epoch = 3, .next_offset = 41},
            {.source = source(), .partition = "", .epoch = 0, .next_offset = 1ULL << 63}};
}

std::string entries() {
    std::string out;
    for (const auto& position : samples()) put_position(out, position);
    return out;
}

Result<std::vector<SourcePosition>> read_all(std::string_view payload,
                                             std::uint32_t version = kFormatVersion) {
    std::vector<SourcePosition> read;
    TRY(for_each_entry(
        payload, version,
        {.on_opening = [](const SliceOpening&) { ADD_FAILURE(); },
         .on_batch = [](BatchNumber) { ADD_FAILURE(); },
         .on_rows = [](const RowsEntry&) { ADD_FAILURE(); },
         .on_answer = [](const RememberedAnswer&) { ADD_FAILURE(); },
         .on_position = [&](const SourcePosition& position) { read.push_back(position); }}));
    return read;
}

TEST(PositionEntryTest, BytesAreThoseOfTheGoldenFile) {
    std::string frame;
    begin_frame(frame);
    frame += entries();
    finish_frame(frame,
                 {.volume = {},
                  .segment = 7,
                  .first_sequence = Sequence(41),
                  .epoch = 3,
                  .salt = 0xdecafbad},
                 Sequence(41));
    std::ifstream golden("tests/data/golden/frame_positions_v2.bin", std::ios::binary);
    std::ostringstream content;
    content << golden.rdbuf();
    EXPECT_EQ(frame, content.str());
    EXPECT_EQ(read_all(entries()).value(), samples());
}

TEST(PositionEntryTest, IsAsLongAsItSays) {
    for (std::size_t bytes = 0; bytes < 20; ++bytes) {
        auto position = samples().front();
        position.partition = std::string(bytes, '\0');
        std::string entry;
        put_position(entry, position);
        EXPECT_EQ(entry.size(), position_bytes(position));
        EXPECT_EQ(entry.size() % kAlignment, 0U);
        EXPECT_EQ(read_all(entry).value(), std::vector{position});
    }
}

TEST(PositionEntryTest, AnyCutIsCorruptAndSoIsOneInAFrameOfVersion1) {
    const auto all = entries();
    for (std::size_t length = 1; length < all.size(); ++length) {
        if (length == position_bytes(samples().front())) continue;
        const auto read = read_all(std::string_view(all).substr(0, length));
        ASSERT_FALSE(read.ok()) << length;
        EXPECT_EQ(read.error().code(), Code::corrupt);
    }
    EXPECT_FALSE(read_all(all, 1).ok());
}

}  // namespace
}  // namespace millrace::journal
