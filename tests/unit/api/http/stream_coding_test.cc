#include "api/http/stream_coding.h"

#include <gmock/gmock.h>
#include <gtest/gtest.h>

#include <string>
#include <vector>

#include "tests/unit/api/http/coded_bodies.h"

namespace millrace::http {
namespace {

using testing::HasSubstr;

std::string chosen(std::string_view compress_type, ContentCoding content_coding,
                   const std::string& body) {
    const auto coding = choose_coding(compress_type, content_coding, body.substr(0, kCodingBytes));
    return coding.ok() ? std::string(to_string(coding.value())) : coding.error().client_text();
}

TEST(StreamCodingTest, CompressTypesAreOfDorisInAnyCase) {
    struct Case {
        std::string compress_type;
        StreamCoding coding;
    };
    for (const auto& [compress_type, coding] : std::vector<Case>{{"gz", StreamCoding::gzip},
                                                                 {"GZ", StreamCoding::gzip},
                                                                 {"Bz2", StreamCoding::bz2},
                                                                 {"LZ4", StreamCoding::lz4},
                                                                 {"deflate", StreamCoding::deflate},
                                                                 {"zstd", StreamCoding::zstd},
                                                                 {"", StreamCoding::identity}}) {
        const auto body = coded(coding, "1\tx\n");
        EXPECT_EQ(chosen(compress_type, ContentCoding::identity, body), to_string(coding));
        EXPECT_EQ(chosen(compress_type, ContentCoding::identity, ""), to_string(coding));
        EXPECT_EQ(chosen(compress_type, ContentCoding::identity, body.substr(0, 1)),
                  to_string(coding));
    }
}

TEST(StreamCodingTest, TwoHeadersAreOneLayer) {
    const auto gzip = coded(StreamCoding::gzip, "1\tx\n");
    const auto zstd = coded(StreamCoding::zstd, "1\tx\n");
    EXPECT_EQ(chosen("gz", ContentCoding::gzip, gzip), "gzip");
    EXPECT_EQ(chosen("", ContentCoding::gzip, gzip), "gzip");
    EXPECT_EQ(chosen("gz", ContentCoding::gzip, ""), "gzip");
    // The bytes decide where the headers differ.
    EXPECT_EQ(chosen("bz2", ContentCoding::gzip, gzip), "gzip");
    EXPECT_EQ(chosen("zstd", ContentCoding::gzip, zstd), "zstd");
    EXPECT_EQ(chosen("gz", ContentCoding::zstd, zstd), "zstd");
    EXPECT_EQ(chosen("gz", ContentCoding::deflate, coded(StreamCoding::deflate, "x")), "deflate");
}

TEST(StreamCodingTest, RefusesWhatTheBytesDeny) {
    EXPECT_EQ(chosen("gz", ContentCoding::identity, coded(StreamCoding::zstd, "x")),
              "the headers say gzip, and the body begins like zstd");
    EXPECT_EQ(chosen("", ContentCoding::identity, coded(StreamCoding::gzip, "x")),
              "the body begins like gzip, and no header says so: send \"compress_type: gz\"");
    EXPECT_EQ(chosen("", ContentCoding::identity, coded(StreamCoding::bz2, "x")),
              "the body begins like bz2, and no header says so: send \"compress_type: bz2\"");
    EXPECT_EQ(chosen("", ContentCoding::identity, "BZh9 is a text"), "identity");
}

TEST(StreamCodingTest, NamesWhatIsNotSupported) {
    for (const std::string name : {"lzo", "lzop", "lz4_block", "snappy_block"}) {
        EXPECT_THAT(chosen(name, ContentCoding::identity, ""),
                    HasSubstr("compress_type " + name + " is not supported; there are gz"));
    }
    EXPECT_THAT(chosen("rar", ContentCoding::identity, ""),
                HasSubstr("unknown compress_type \"rar\""));
}

}  // namespace
}  // namespace millrace::http
