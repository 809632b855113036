// Goal    a compressed body becomes its plain bytes however it is cut, in bounded pieces, or an
//         error that says what is wrong; never a part of it as the whole.
// Method  bodies of every coding, fed in pieces of every size, cut at every byte, with every byte
//         damaged, and bombs.

#include "api/http/stream_decoder.h"

#include <gmock/gmock.h>
#include <gtest/gtest.h>
#include <zstd.h>

#include <algorithm>
#include <string>
#include <vector>

#include "tests/unit/api/http/coded_bodies.h"

namespace millrace::http {
namespace {

using testing::HasSubstr;

constexpr std::uint64_t kNoMaximum = std::uint64_t{1} << 40;

const std::vector<StreamCoding> kCodings = {StreamCoding::gzip, StreamCoding::deflate,
                                            StreamCoding::zstd, StreamCoding::lz4,
                                            StreamCoding::bz2};

// Rows that do not compress to nothing.
std::string rows(std::size_t count) {
    std::string text;
    std::uint32_t state = 1;
    for (std::size_t i = 0; i < count; ++i) {
        state = state * 1'664'525 + 1'013'904'223;
        text += std::to_string(i) + "\t" + std::to_string(state) + "\tname\n";
    }
    return text;
}

struct Outcome {
    std::string plain;
    Result<void> result;
    std::size_t largest_piece = 0;
};

// Feeds `body` in pieces of `step` bytes.
Outcome decode(StreamCoding coding, std::string_view body, std::size_t step,
               std::uint64_t plain_bytes_max = kNoMaximum) {
    StreamDecoder decoder(coding, plain_bytes_max);
    Outcome outcome;
    while (!body.empty()) {
        auto piece = body.substr(0, step);
        body.remove_prefix(piece.size());
        while (true) {
            const auto plain = decoder.next(piece);
            if (!plain.ok()) {
                outcome.result = plain.error();
                return outcome;
            }
            if (plain.value().empty()) break;
            outcome.plain += plain.value();
            outcome.largest_piece = std::max(outcome.largest_piece, plain.value().size());
        }
        EXPECT_TRUE(piece.empty());
    }
    outcome.result = decoder.finish();
    return outcome;
}

std::string failure_of(const Outcome& outcome) {
    return outcome.result.ok() ? "" : outcome.result.error().client_text();
}

TEST(StreamDecoderTest, DecodesPiecesOfEverySize) {
    const auto plain = rows(100);
    for (const auto coding : kCodings) {
        const auto body = coded(coding, plain);
        for (std::size_t step = 1; step < 40; ++step) {
            const auto outcome = decode(coding, body, step);
            EXPECT_EQ(failure_of(outcome), "") << to_string(coding) << " " << step;
            EXPECT_EQ(outcome.plain, plain) << to_string(coding) << " " << step;
        }
    }
    EXPECT_EQ(decode(StreamCoding::identity, plain, 7).plain, plain);
}

TEST(StreamDecoderTest, GivesPiecesThatAreBounded) {
    const auto plain = rows(10'000);
    for (const auto coding : {StreamCoding::identity, StreamCoding::gzip, StreamCoding::deflate,
                              StreamCoding::zstd, StreamCoding::lz4, StreamCoding::bz2}) {
        const auto body = coded(coding, plain);
        const auto outcome = decode(coding, body, body.size());
        EXPECT_EQ(failure_of(outcome), "") << to_string(coding);
        EXPECT_EQ(outcome.plain, plain) << to_string(coding);
        EXPECT_EQ(outcome.largest_piece, StreamDecoder::kPieceBytes) << to_string(coding);
    }
}

TEST(StreamDecoderTest, BytesThatAreNotThereAreAnEmptyBody) {
    for (const auto coding : kCodings) {
        EXPECT_EQ(failure_of(decode(coding, "", 1)), "");
        const auto outcome = decode(coding, coded(coding, ""), 1);
        EXPECT_EQ(failure_of(outcome), "") << to_string(coding);
        EXPECT_EQ(outcome.plain, "");
    }
}

TEST(StreamDecoderTest, ABodyThatIsCutOffIsNeverWhole) {
    const auto plain = rows(20);
    for (const auto coding : kCodings) {
        const auto body = coded(coding, plain);
        for (std::size_t bytes = 1; bytes < body.size(); ++bytes) {
            const auto outcome = decode(coding, body.substr(0, bytes), 16);
            ASSERT_FALSE(outcome.result.ok()) << to_string(coding) << " " << bytes;
            EXPECT_EQ(outcome.result.error().code(), Code::invalid);
            EXPECT_THAT(failure_of(outcome), HasSubstr("the body is cut off: its"));
        }
    }
}

TEST(StreamDecoderTest, ABodyThatIsDamagedIsAnErrorOrTheSameBytes) {
    const auto plain = rows(20);
    for (const auto coding : kCodings) {
        const auto body = coded(coding, plain);
        int errors = 0;
        for (std::size_t at = 0; at < body.size(); ++at) {
            auto damaged = body;
            damaged[at] = static_cast<char>(damaged[at] ^ 0x10);
            const auto outcome = decode(coding, damaged, 16);
            if (!outcome.result.ok()) {
                ++errors;
                continue;
            }
            // Some bytes of a head mean nothing.
            EXPECT_EQ(outcome.plain, plain) << to_string(coding) << " " << at;
        }
        EXPECT_GT(errors, 5) << to_string(coding);
    }
}

TEST(StreamDecoderTest, SeveralMembersAreOneBody) {
    for (const auto coding :
         {StreamCoding::gzip, StreamCoding::zstd, StreamCoding::lz4, StreamCoding::bz2}) {
        const auto body = coded(coding, "one\n") + coded(coding, "") + coded(coding, "two\n");
        for (const std::size_t step : {1U, 5U, 1000U}) {
            const auto outcome = decode(coding, body, step);
            EXPECT_EQ(failure_of(outcome), "") << to_string(coding);
            EXPECT_EQ(outcome.plain, "one\ntwo\n") << to_string(coding);
        }
        const auto cut = decode(coding, body.substr(0, body.size() - 1), 1'000);
        EXPECT_THAT(failure_of(cut), HasSubstr("cut off")) << to_string(coding);
    }
}

TEST(StreamDecoderTest, SaysWhatIsWrong) {
    for (const auto coding : kCodings) {
        const auto name = std::string(to_string(coding));
        const auto body = coded(coding, rows(100));
        for (const std::size_t step : {1U, 1000000U}) {
            EXPECT_EQ(failure_of(decode(coding, "1\tplain text\n2\tof rows\n", step)),
                      "the body is not " + name + ", as its headers say");
            EXPECT_EQ(failure_of(decode(coding, body + "garbage that follows", step)),
                      "the " + name + " of the body ends before byte " +
                          std::to_string(body.size()) + ", and other bytes follow");
        }
        auto damaged = body;
        std::fill(damaged.begin() + 60, damaged.begin() + 90, '\xff');
        EXPECT_THAT(failure_of(decode(coding, damaged, 16)),
                    HasSubstr("the " + name + " of the body is damaged near byte"));
    }
}

// Goal    people look for what is damaged, not for a wrong header, however short the body is.
TEST(StreamDecoderTest, AShortBodyThatIsDamagedIsWhatItsHeadersSay) {
    for (const auto coding : kCodings) {
        const auto name = std::string(to_string(coding));
        const auto body = coded(coding, "1\tone\n2\ttwo\n");
        int errors = 0;
        for (std::size_t at = 4; at < body.size(); ++at) {
            auto damaged = body;
            damaged[at] = static_cast<char>(damaged[at] ^ 0x10);
            for (const std::size_t step : {1U, 1000U}) {
                const auto outcome = decode(coding, damaged, step);
                if (outcome.result.ok()) continue;
                ++errors;
                EXPECT_THAT(failure_of(outcome), Not(HasSubstr("is not " + name)))
                    << at << " of " << body.size();
            }
        }
        EXPECT_GT(errors, 0) << name;
    }
}

TEST(StreamDecoderTest, RefusesAZstdOfALargeWindow) {
    const std::string plain(9 << 20, 'x');
    std::string body(ZSTD_compressBound(plain.size()), '\0');
    auto* context = ZSTD_createCCtx();
    ZSTD_CCtx_setParameter(context, ZSTD_c_windowLog, 24);
    body.resize(ZSTD_compress2(context, body.data(), body.size(), plain.data(), plain.size()));
    ZSTD_freeCCtx(context);
    EXPECT_EQ(failure_of(decode(StreamCoding::zstd, body, 1'000)),
              "the zstd of the body needs a window of over 8MB; compress it without --long and "
              "--ultra");
}

TEST(StreamDecoderTest, CountsBytesUpToTheMaximum) {
    const auto plain = rows(5'000);
    for (const auto coding : {StreamCoding::identity, StreamCoding::gzip, StreamCoding::deflate,
                              StreamCoding::zstd, StreamCoding::lz4, StreamCoding::bz2}) {
        const auto body = coded(coding, plain);
        EXPECT_EQ(failure_of(decode(coding, body, 1'000, plain.size())), "");
        const auto outcome = decode(coding, body, 1'000, plain.size() - 1);
        ASSERT_FALSE(outcome.result.ok());
        EXPECT_EQ(outcome.result.error().code(), Code::too_large);
    }
}

TEST(StreamDecoderTest, AnErrorStays) {
    StreamDecoder decoder(StreamCoding::gzip, kNoMaximum);
    std::string_view bad = "nonsense that is no gzip";
    ASSERT_FALSE(decoder.next(bad).ok());
    const auto body = coded(StreamCoding::gzip, "x");
    std::string_view good = body;
    EXPECT_FALSE(decoder.next(good).ok());
    EXPECT_FALSE(decoder.finish().ok());
}

// A bomb becomes pieces that the caller can stop taking.
TEST(StreamDecoderTest, ABombIsTakenPieceByPiece) {
    const std::string zeros(8 << 20, '\0');
    for (const auto coding : kCodings) {
        const auto body = coded(coding, zeros);
        StreamDecoder decoder(coding, 1 << 20);
        std::string_view rest = body;
        std::uint64_t bytes = 0;
        while (true) {
            const auto plain = decoder.next(rest);
            if (!plain.ok()) {
                EXPECT_EQ(plain.error().code(), Code::too_large) << to_string(coding);
                break;
            }
            ASSERT_FALSE(plain.value().empty()) << to_string(coding);
            bytes += plain.value().size();
        }
        EXPECT_LE(bytes, std::uint64_t{1} << 20) << to_string(coding);
    }
}

}  // namespace
}  // namespace millrace::http
