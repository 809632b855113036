#include "storage/codec/gzip.h"

#include <gtest/gtest.h>
#include <zlib.h>

#include <string>

#include "tests/support/memory_source.h"

namespace millrace::codec {
namespace {

using testing_support::MemorySource;
using testing_support::read_all;

std::string compressed(const std::string& plain, int level = 1) {
    MemorySource source(plain);
    const auto gz = gzip(source, level);
    return read_all(*gz).value();
}

Result<std::string> decompressed(std::string gz, std::size_t piece, std::size_t buffer = 4096) {
    const auto plain = gunzip(std::make_unique<MemorySource>(std::move(gz), piece));
    return read_all(*plain, buffer);
}

// Text that compresses to more than one buffer.
std::string varied_text() {
    std::string text;
    std::uint64_t state = 1;
    while (text.size() < (1 << 18)) {
        state = state * 6364136223846793005u + 1442695040888963407u;
        text += std::to_string(state >> 20) + "\",\"";
    }
    return text;
}

TEST(GzipTest, BytesComeBackWhateverThePiecesAre) {
    const auto text = varied_text();
    for (const auto& plain : {std::string(), std::string("a"), std::string("\0\xff\n", 3), text}) {
        for (const int level : {1, 2, 3, 4, 9}) {
            const auto gz = compressed(plain, level);
            for (const auto piece : {1u, 7u, 4096u, 1u << 20}) {
                const auto back = decompressed(gz, piece, 1000);
                ASSERT_TRUE(back.ok()) << back.error().operator_text();
                ASSERT_EQ(back.value(), plain) << "level " << level << ", piece " << piece;
            }
        }
    }
    EXPECT_LT(compressed(text).size(), text.size() * 2 / 3);
    EXPECT_GT(compressed(text).size(), 64U << 10);
}

// Goal    what one library has compressed the other reads, as all tools that know gzip.
TEST(GzipTest, ZlibReadsEveryLevel) {
    const auto text = varied_text();
    for (const int level : {1, 2, 3, 4, 9}) {
        auto gz = compressed(text, level);
        std::string plain(text.size(), '\0');
        z_stream stream{};
        ASSERT_EQ(inflateInit2(&stream, 15 + 16), Z_OK);
        stream.next_in = reinterpret_cast<Bytef*>(gz.data());
        stream.avail_in = static_cast<uInt>(gz.size());
        stream.next_out = reinterpret_cast<Bytef*>(plain.data());
        stream.avail_out = static_cast<uInt>(plain.size());
        EXPECT_EQ(inflate(&stream, Z_FINISH), Z_STREAM_END) << "level " << level;
        EXPECT_EQ(plain, text) << "level " << level;
        inflateEnd(&stream);
    }
}

TEST(GzipTest, EqualBytesCompressEqually) {
    EXPECT_EQ(compressed("a,b\n"), compressed("a,b\n"));
}

TEST(GzipTest, AStreamCutAnywhereIsCorrupt) {
    const auto gz = compressed("\"1\",\"one\"\n\"2\",\"two\"\n");
    for (std::size_t length = 0; length < gz.size(); ++length) {
        const auto back = decompressed(gz.substr(0, length), 5);
        ASSERT_FALSE(back.ok()) << "cut to " << length << " of " << gz.size();
        EXPECT_EQ(back.error().code(), Code::corrupt);
    }
}

TEST(GzipTest, ADamagedByteIsCorruptOrHarmless) {
    const std::string plain = "\"1\",\"one\"\n\"2\",\"two\"\n";
    const auto gz = compressed(plain);
    int harmless = 0;
    for (std::size_t at = 0; at < gz.size(); ++at) {
        auto damaged = gz;
        damaged[at] = static_cast<char>(damaged[at] ^ 0x10);
        const auto back = decompressed(damaged, 4096);
        if (back.ok()) {
            EXPECT_EQ(back.value(), plain) << "byte " << at;
            ++harmless;
        } else {
            EXPECT_EQ(back.error().code(), Code::corrupt) << "byte " << at;
        }
    }
    EXPECT_LE(harmless, 7) << "time, extra flags and system in the header, and the padding of the "
                              "last block are unchecked";
}

TEST(GzipTest, BytesAfterTheStreamAreCorrupt) {
    const auto gz = compressed("x");
    for (const auto& tail : {std::string("y"), std::string(1, '\0'), gz}) {
        for (const std::size_t piece : {std::size_t{1}, gz.size(), std::size_t{4096}}) {
            const auto back = decompressed(gz + tail, piece);
            ASSERT_FALSE(back.ok());
            EXPECT_EQ(back.error().code(), Code::corrupt);
        }
    }
}

class FailingSource : public ByteSource {
public:
    Result<std::size_t> read(std::span<char>) override { return Error(Code::unavailable, "gone"); }
};

TEST(GzipTest, ErrorsOfTheSourcePassThrough) {
    FailingSource failing;
    EXPECT_EQ(read_all(*gzip(failing, 1)).error().code(), Code::unavailable);
    EXPECT_EQ(read_all(*gunzip(std::make_unique<FailingSource>())).error().code(),
              Code::unavailable);
}

}  // namespace
}  // namespace millrace::codec
