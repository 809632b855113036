#include "api/http/content_coding.h"

#include <gtest/gtest.h>
#include <zlib.h>
#include <zstd.h>

#include <string>
#include <utility>
#include <vector>

namespace millrace::http {
namespace {

constexpr std::uint64_t kBytesMax = 300'000;

std::string deflated(const std::string& plain, int window_bits) {
    z_stream stream{};
    EXPECT_EQ(deflateInit2(&stream, 6, Z_DEFLATED, window_bits, 8, Z_DEFAULT_STRATEGY), Z_OK);
    std::string coded(deflateBound(&stream, plain.size()) + 64, '\0');
    stream.next_in = reinterpret_cast<Bytef*>(const_cast<char*>(plain.data()));
    stream.avail_in = static_cast<uInt>(plain.size());
    stream.next_out = reinterpret_cast<Bytef*>(coded.data());
    stream.avail_out = static_cast<uInt>(coded.size());
    EXPECT_EQ(deflate(&stream, Z_FINISH), Z_STREAM_END);
    coded.resize(stream.total_out);
    deflateEnd(&stream);
    return coded;
}

std::string coded(const std::string& plain, ContentCoding coding) {
    if (coding == ContentCoding::gzip) return deflated(plain, 31);
    if (coding == ContentCoding::deflate) return deflated(plain, 15);
    std::string bytes(ZSTD_compressBound(plain.size()), '\0');
    bytes.resize(ZSTD_compress(bytes.data(), bytes.size(), plain.data(), plain.size(), 3));
    return bytes;
}

// Text that hardly shrinks.
std::string noise(std::size_t bytes) {
    std::string text(bytes, '\0');
    std::uint32_t state = 1;
    for (auto& c : text) {
        state = state * 1'664'525 + 1'013'904'223;
        c = static_cast<char>(state >> 24);
    }
    return text;
}

constexpr ContentCoding kAll[] = {ContentCoding::gzip, ContentCoding::deflate, ContentCoding::zstd};

// Senders write there what belongs into Content-Type, or that there is nothing.
TEST(ContentCodingTest, WhatCodesNothingIsPassedOver) {
    for (const auto* none :
         {"utf-8", "UTF8", "none", "iso-8859-1", "identity, identity", "utf-8, none", " ", ","}) {
        EXPECT_EQ(parse_content_coding(none), ContentCoding::identity) << none;
    }
    for (const auto* gzip : {"identity, gzip", "gzip,identity", "gzip , utf-8", ",gzip"}) {
        EXPECT_EQ(parse_content_coding(gzip), ContentCoding::gzip) << gzip;
    }
    for (const auto* other : {"identity, br", "gzip, deflate", "utf-8, gzip, gzip"}) {
        EXPECT_EQ(parse_content_coding(other), std::nullopt) << other;
    }
}

TEST(ContentCodingTest, NamesAreReadWithoutCaseAndListsOfCodingsAreUnknown) {
    EXPECT_EQ(parse_content_coding(""), ContentCoding::identity);
    EXPECT_EQ(parse_content_coding("Identity"), ContentCoding::identity);
    EXPECT_EQ(parse_content_coding("GZip"), ContentCoding::gzip);
    EXPECT_EQ(parse_content_coding("x-gzip"), ContentCoding::gzip);
    EXPECT_EQ(parse_content_coding("deflate"), ContentCoding::deflate);
    EXPECT_EQ(parse_content_coding("zstd"), ContentCoding::zstd);
    for (const auto* other : {"br", "gzip, gzip", "gzip;q=1", "*", "compress"}) {
        EXPECT_EQ(parse_content_coding(other), std::nullopt) << other;
    }
}

TEST(ContentCodingTest, GivesBackWhatWasCoded) {
    BodyDecoder decoder;
    for (const auto coding : kAll) {
        for (const auto size : {0, 1, 1000, 65'535, 65'536, 65'537, 300'000}) {
            SCOPED_TRACE(testing::Message() << static_cast<int>(coding) << " " << size);
            for (const auto& plain : {noise(static_cast<std::size_t>(size)),
                                      std::string(static_cast<std::size_t>(size), 'x')}) {
                auto decoded = decoder.decode(coded(plain, coding), coding, kBytesMax);
                ASSERT_TRUE(decoded.ok()) << decoded.error().client_text();
                EXPECT_TRUE(decoded.value() == plain);
            }
        }
    }
}

TEST(ContentCodingTest, PartsInARowAreOneBody) {
    BodyDecoder decoder;
    for (const auto coding : {ContentCoding::gzip, ContentCoding::zstd}) {
        const auto both = coded("one ", coding) + coded("two", coding);
        EXPECT_EQ(decoder.decode(both, coding, kBytesMax).value(), "one two");
    }
    const auto both = coded("one", ContentCoding::deflate) + coded("two", ContentCoding::deflate);
    EXPECT_EQ(decoder.decode(both, ContentCoding::deflate, kBytesMax).error().name(),
              "stream.in.badRequest");
}

TEST(ContentCodingTest, ABombEndsAtTheLimit) {
    BodyDecoder decoder;
    for (const auto coding : kAll) {
        for (const auto size : {kBytesMax + 1, std::uint64_t{100} << 20}) {
            const auto bomb = coded(std::string(size, '\0'), coding);
            const auto decoded = decoder.decode(bomb, coding, kBytesMax);
            ASSERT_FALSE(decoded.ok());
            EXPECT_EQ(decoded.error().code(), Code::too_large);
            EXPECT_EQ(decoded.error().name(), "stream.in.bodyTooLarge");
        }
    }
}

// Goal    nothing but the whole of what was coded is taken, and a bad body harms no later one.
TEST(ContentCodingTest, WhatIsCutOffOrFollowedByOtherBytesIsRefused) {
    BodyDecoder decoder;
    for (const auto coding : kAll) {
        const auto whole = coded("some text, some text, some text", coding);
        std::vector<std::string> bad = {"plain text", whole + "x"};
        for (std::size_t size = 0; size < whole.size(); ++size)
            bad.push_back(whole.substr(0, size));
        for (const auto& body : bad) {
            SCOPED_TRACE(testing::Message() << static_cast<int>(coding) << " " << body.size());
            const auto decoded = decoder.decode(body, coding, kBytesMax);
            ASSERT_FALSE(decoded.ok());
            EXPECT_EQ(decoded.error().code(), Code::invalid);
            EXPECT_EQ(decoded.error().name(), "stream.in.badRequest");
        }
        EXPECT_EQ(decoder.decode(whole, coding, kBytesMax).value(),
                  "some text, some text, some text");
    }
}

}  // namespace
}  // namespace millrace::http
