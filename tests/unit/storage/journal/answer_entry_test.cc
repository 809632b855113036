#include "storage/journal/answer_entry.h"

#include <gtest/gtest.h>

#include <fstream>
#include <sstream>
#include <vector>

#include "storage/journal/format.h"
#include "tests/support/outcome_bytes.h"

namespace millrace::journal {
namespace {

using testing_support::outcome_bytes;

Fingerprint fingerprint(std::uint8_t last) {
    Fingerprint value;
    value.bytes[0] = 0x01;
    value.bytes[15] = last;
    return value;
}

RememberedAnswer sample() {
    return {
        .request = {.source = fingerprint(2), .key = fingerprint(3), .request = fingerprint(4)},
        .arrived_at = AgeTime{1'700'000'000'123},
        .expires_at = AgeTime{1'700'086'400'123},
        .outcome = outcome_bytes(
            {.status = 202, .media = 2, .records = 5, .headers = "A: b\r\n", .body = "{\"a\":1}"})};
}

RememberedAnswer plain() {
    auto answer = sample();
    answer.request.key = fingerprint(6);
    answer.outcome = outcome_bytes({.status = 200, .media = 1, .records = 1, .body = "OK"});
    return answer;
}

std::string entries() {
    std::string out;
    put_answer(out, sample());
    put_answer(out, plain());
    return out;
}

SegmentHeader segment(std::uint32_t version = kFormatVersion) {
    return {.volume = {},
            .segment = 7,
            .first_sequence = Sequence(41),
            .epoch = 3,
            .version = version,
            .salt = 0xdecafbad};
}

std::string read_golden(const std::string& name) {
    std::ifstream golden("tests/data/golden/" + name, std::ios::binary);
    std::ostringstream content;
    content << golden.rdbuf();
    return content.str();
}

std::vector<RememberedAnswer> read_all(std::string_view payload, std::uint32_t version) {
    std::vector<RememberedAnswer> read;
    EXPECT_TRUE(for_each_entry(
                    payload, version,
                    {.on_opening = [](const SliceOpening&) { ADD_FAILURE(); },
                     .on_batch = [](BatchNumber) { ADD_FAILURE(); },
                     .on_rows = [](const RowsEntry&) { ADD_FAILURE(); },
                     .on_answer = [&](const RememberedAnswer& answer) { read.push_back(answer); },
                     .on_position = [](const SourcePosition&) { ADD_FAILURE(); }})
                    .ok());
    return read;
}

TEST(AnswerEntryTest, BytesAreThoseOfTheGoldenFile) {
    std::string frame;
    begin_frame(frame);
    frame += entries();
    finish_frame(frame, segment(), Sequence(41));
    EXPECT_EQ(frame, read_golden("frame_answers_v2.bin"));
}

TEST(AnswerEntryTest, ThoseOfVersion1GiveTheSameOutcomes) {
    const auto bytes = read_golden("frame_answers_v1.bin");
    const auto frame = decode_frame(bytes, segment(1));
    ASSERT_TRUE(frame);
    EXPECT_EQ(read_all(frame->payload, frame->version), (std::vector{sample(), plain()}));
}

TEST(AnswerEntryTest, AnOutcomeMayBeAnyBytes) {
    auto odd = sample();
    for (const auto& outcome : {std::string(), std::string(1, '\0'), std::string(70'000, '\xff')}) {
        odd.outcome = outcome;
        std::string entry;
        put_answer(entry, odd);
        EXPECT_EQ(entry.size(), answer_bytes(odd));
        EXPECT_EQ(read_all(entry, kFormatVersion), std::vector{odd});
    }
}

TEST(AnswerEntryTest, SurvivesARoundTripInAFrame) {
    EXPECT_EQ(entries().size(), answer_bytes(sample()) + answer_bytes(plain()));
    EXPECT_EQ(read_all(entries(), kFormatVersion), (std::vector{sample(), plain()}));
}

TEST(AnswerEntryTest, EntriesAreGatheredForAFile) {
    AnswerEntries first;
    first.add(sample());
    auto later = plain();
    later.expires_at = sample().expires_at + Milliseconds(1);
    AnswerEntries second;
    second.add(later);
    first.add(second);
    EXPECT_EQ(first.newest_expiry, later.expires_at);
    std::vector<RememberedAnswer> read;
    ASSERT_TRUE(for_each_answer(first.bytes, kFormatVersion, [&](const auto& answer) {
                    read.push_back(answer);
                }).ok());
    EXPECT_EQ(read, (std::vector{sample(), later}));
}

TEST(AnswerEntryTest, AnyCutOrOtherEntryIsCorrupt) {
    const auto all = entries();
    for (std::size_t length = 1; length < all.size(); ++length) {
        if (length == answer_bytes(sample())) continue;
        const auto read = for_each_answer(std::string_view(all).substr(0, length), kFormatVersion,
                                          [](const auto&) {});
        ASSERT_FALSE(read.ok()) << length;
        EXPECT_EQ(read.error().code(), Code::corrupt);
    }
    EXPECT_FALSE(for_each_answer(std::string(8, '\x01'), kFormatVersion, [](const auto&) {}).ok());
}

}  // namespace
}  // namespace millrace::journal
