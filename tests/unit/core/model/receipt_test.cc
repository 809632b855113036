#include "core/model/receipt.h"

#include <gtest/gtest.h>

namespace millrace {
namespace {

Receipt sample() {
    return {.ack = Ack::cache,
            .arrived_at = WallTime{1'700'000'000'123},
            .volume = VolumeId("fast-1"),
            .batch = BatchNumber((std::uint64_t{5} << 40) + 77),
            .sinks = {{.number = SinkNumber(1), .has_rows = true},
                      {.number = SinkNumber(300), .has_rows = true, .has_kept = true},
                      {.number = SinkNumber(70'000), .has_refused = true}}};
}

TEST(ReceiptTest, SurvivesARoundTrip) {
    const auto text = encode_receipt(sample());
    EXPECT_EQ(decode_receipt(text), sample());
    EXPECT_EQ(
        text.find_first_not_of("ABCDEFGHIJKLMNOPQRSTUVWXYZabcdefghijklmnopqrstuvwxyz0123456789-_"),
        std::string::npos)
        << "it is part of a URL";
    EXPECT_EQ(decode_receipt(encode_receipt({})), Receipt{});
}

TEST(ReceiptTest, TheTextOfAVersionNeverChanges) {
    EXPECT_EQ(encode_receipt(sample()), "AQH70JX_vDEGZmFzdC0xzYCAgICgAQMBAawCA_CiBAQt_GW6");
}

TEST(ReceiptTest, TheUsualOneIsShort) {
    auto receipt = sample();
    receipt.sinks.resize(1);
    EXPECT_LE(encode_receipt(receipt).size(), 48U);
}

TEST(ReceiptTest, AnyOtherTextIsNone) {
    const auto text = encode_receipt(sample());
    for (std::size_t i = 0; i < text.size(); ++i) {
        auto changed = text;
        changed[i] = changed[i] == 'A' ? 'B' : 'A';
        EXPECT_FALSE(decode_receipt(changed)) << i;
        EXPECT_FALSE(decode_receipt(text.substr(0, i))) << i;
    }
    EXPECT_FALSE(decode_receipt(text + "A"));
    EXPECT_FALSE(decode_receipt(text + "="));
    EXPECT_FALSE(decode_receipt("receipt"));
    EXPECT_FALSE(decode_receipt(std::string(100'000, 'A')));
}

TEST(ReceiptTest, AcksHaveNames) {
    for (const auto ack : {Ack::disk, Ack::cache, Ack::memory}) {
        EXPECT_EQ(parse_ack(to_string(ack)), ack);
    }
    EXPECT_FALSE(parse_ack("DISK"));
    EXPECT_FALSE(parse_ack(""));
}

}  // namespace
}  // namespace millrace
