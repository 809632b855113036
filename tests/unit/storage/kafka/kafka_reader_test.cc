// Goal    what the port TopicReader promises holds with the library and its mock cluster.
// Method  a cluster in this process, with a producer of the library.

#include "storage/kafka/kafka_reader.h"

#include <gtest/gtest.h>
#include <librdkafka/rdkafka.h>
#include <librdkafka/rdkafka_mock.h>

#include <array>
#include <chrono>
#include <string>

namespace millrace::kafka {
namespace {

constexpr Milliseconds kWait{10'000};

class KafkaReaderTest : public testing::Test {
protected:
    KafkaReaderTest() {
        std::array<char, 512> text{};
        producer_ = rd_kafka_new(RD_KAFKA_PRODUCER, nullptr, text.data(), text.size());
        cluster_ = rd_kafka_mock_cluster_new(producer_, 1);
        rd_kafka_brokers_add(producer_, rd_kafka_mock_cluster_bootstraps(cluster_));
        rd_kafka_mock_topic_create(cluster_, "orders", 2, 1);
    }
    ~KafkaReaderTest() override {
        rd_kafka_mock_cluster_destroy(cluster_);
        rd_kafka_destroy(producer_);
    }

    void publish(std::int32_t partition, const char* value, const char* key = nullptr,
                 const char* header = nullptr) {
        rd_kafka_headers_t* headers = nullptr;
        if (header != nullptr) {
            headers = rd_kafka_headers_new(1);
            rd_kafka_header_add(headers, "origin", -1, header, -1);
            rd_kafka_header_add(headers, "none", -1, nullptr, 0);
        }
        const std::string_view text = value == nullptr ? std::string_view() : value;
        const std::string_view name = key == nullptr ? std::string_view() : key;
        std::string body(text);
#pragma GCC diagnostic push
#pragma GCC diagnostic ignored "-Wold-style-cast"  // of the library's macros
        const auto error = rd_kafka_producev(
            producer_, RD_KAFKA_V_TOPIC("orders"), RD_KAFKA_V_PARTITION(partition),
            RD_KAFKA_V_MSGFLAGS(RD_KAFKA_MSG_F_COPY),
            RD_KAFKA_V_VALUE(value == nullptr ? nullptr : body.data(), body.size()),
            RD_KAFKA_V_KEY(key, name.size()), RD_KAFKA_V_HEADERS(headers), RD_KAFKA_V_END);
#pragma GCC diagnostic pop
        ASSERT_EQ(error, RD_KAFKA_RESP_ERR_NO_ERROR);
        ASSERT_EQ(rd_kafka_flush(producer_, 10'000), RD_KAFKA_RESP_ERR_NO_ERROR);
    }

    std::unique_ptr<TopicReader> open() {
        KafkaReaders readers;
        auto reader = readers.open({.brokers = rd_kafka_mock_cluster_bootstraps(cluster_),
                                    .topic = "orders",
                                    .group = "test",
                                    .properties = {{"fetch.wait.max.ms", "10"}}});
        EXPECT_TRUE(reader.ok());
        return std::move(reader).value();
    }

    rd_kafka_t* producer_;
    rd_kafka_mock_cluster_t* cluster_;
};

TEST_F(KafkaReaderTest, MessagesComeFromTheirPlacesWithAllTheyHave) {
    publish(0, "zero");
    publish(0, "one", "k", "here");
    publish(1, nullptr, "gone");
    const auto reader = open();
    const auto partitions = reader->partitions(kWait);
    ASSERT_TRUE(partitions.ok());
    EXPECT_EQ(partitions.value().size(), 2U);
    const auto marks = reader->watermarks(0, kWait);
    ASSERT_TRUE(marks.ok());
    EXPECT_EQ(marks.value(), (Watermarks{.low = 0, .high = 2}));

    const std::array places = {PartitionOffset{.partition = 0, .offset = 1},
                               PartitionOffset{.partition = 1, .offset = 0}};
    ASSERT_TRUE(reader->assign(places).ok());
    int seen = 0;
    const auto until = std::chrono::steady_clock::now() + kWait;
    while (seen < 2 && std::chrono::steady_clock::now() < until) {
        for (const auto& message : reader->read(10, Milliseconds(100)).messages) {
            ++seen;
            ASSERT_TRUE(message.timestamp);
            if (message.partition == 1) {
                EXPECT_EQ(message.offset, 0);
                EXPECT_FALSE(message.value);
                EXPECT_EQ(message.key, "gone");
                continue;
            }
            EXPECT_EQ(message.offset, 1);
            EXPECT_EQ(message.value, "one");
            EXPECT_EQ(message.key, "k");
            ASSERT_EQ(message.headers.size(), 2U);
            EXPECT_EQ(message.headers[0].name, "origin");
            EXPECT_EQ(message.headers[0].value, "here");
            EXPECT_FALSE(message.headers[1].value);
        }
    }
    EXPECT_EQ(seen, 2);
    ASSERT_TRUE(reader->last_watermarks(0));
    EXPECT_EQ(reader->last_watermarks(0)->high, 2);
}

TEST_F(KafkaReaderTest, AnOffsetThatIsNotInTheLogIsToldAndNotReset) {
    publish(0, "zero");
    const auto reader = open();
    const PartitionOffset place{.partition = 0, .offset = 1000};
    ASSERT_TRUE(reader->assign(std::span(&place, 1)).ok());
    const auto until = std::chrono::steady_clock::now() + kWait;
    while (std::chrono::steady_clock::now() < until) {
        const auto batch = reader->read(10, Milliseconds(100));
        EXPECT_TRUE(batch.messages.empty());
        for (const auto& event : batch.events) {
            if (event.kind != TopicEvent::Kind::out_of_range) continue;
            EXPECT_EQ(event.partition, 0);
            return;
        }
    }
    FAIL() << "nothing was told";
}

TEST_F(KafkaReaderTest, AWakeEndsARead) {
    const auto reader = open();
    reader->wake();
    const auto before = std::chrono::steady_clock::now();
    static_cast<void>(reader->read(10, kWait));
    EXPECT_LT(std::chrono::steady_clock::now() - before, kWait / 2);
}

TEST_F(KafkaReaderTest, ABrokerThatIsNotThereIsSaidWithItsReason) {
    KafkaReaders readers;
    const auto reader = readers.open({.brokers = "127.0.0.1:1", .topic = "orders", .group = "g"});
    ASSERT_TRUE(reader.ok());
    const auto partitions = reader.value()->partitions(Milliseconds(300));
    ASSERT_FALSE(partitions.ok());
    EXPECT_EQ(partitions.error().code(), Code::unavailable);
    EXPECT_NE(partitions.error().operator_text().find("refused"), std::string::npos)
        << partitions.error().operator_text();
}

TEST_F(KafkaReaderTest, AddressesOutsideTheNetworksAreNotConnectedTo) {
    publish(0, "zero");
    const TopicReaderSettings settings{
        .brokers = rd_kafka_mock_cluster_bootstraps(cluster_), .topic = "orders", .group = "g"};
    KafkaReaders others(parse_networks("10.0.0.0/8").value());
    const auto refused = others.open(settings).value()->partitions(Milliseconds(500));
    ASSERT_FALSE(refused.ok());
    EXPECT_EQ(refused.error().code(), Code::unavailable);
    EXPECT_NE(refused.error().operator_text().find("127.0.0.1 is in none of the option"),
              std::string::npos)
        << refused.error().operator_text();

    KafkaReaders these(parse_networks("10.0.0.0/8,127.0.0.0/8").value());
    EXPECT_TRUE(these.open(settings).value()->partitions(kWait).ok());

    auto with_tokens = settings;
    with_tokens.properties = {{"sasl.oauthbearer.token.endpoint.url", "http://10.0.0.1/"}};
    EXPECT_EQ(these.open(with_tokens).error().code(), Code::invalid);
}

TEST_F(KafkaReaderTest, PropertiesAreChecked) {
    EXPECT_TRUE(check_property("fetch.wait.max.ms", "10").ok());
    EXPECT_FALSE(check_property("fetch.wait.max.ms", "soon").ok());
    EXPECT_FALSE(check_property("no.such", "1").ok());
    KafkaReaders readers;
    const auto reader = readers.open({.brokers = "b:1",
                                      .topic = "t",
                                      .group = "g",
                                      .properties = {{"security.protocol", "magic"}}});
    ASSERT_FALSE(reader.ok());
    EXPECT_EQ(reader.error().code(), Code::invalid);
}

// Goal    a stop does not wait for a broker that is away.
TEST_F(KafkaReaderTest, AReaderEndsSoonWithACommitOnItsWay) {
    publish(0, "zero");
    auto reader = open();
    const std::array places = {PartitionOffset{.partition = 0, .offset = 0}};
    ASSERT_TRUE(reader->assign(places).ok());
    const auto until = std::chrono::steady_clock::now() + kWait;
    while (reader->read(10, Milliseconds(100)).messages.empty()) {
        ASSERT_LT(std::chrono::steady_clock::now(), until);
    }
    rd_kafka_mock_broker_set_down(cluster_, 1);
    const std::array next = {PartitionOffset{.partition = 0, .offset = 1}};
    reader->commit(next);
    const auto begin = std::chrono::steady_clock::now();
    reader.reset();
    EXPECT_LT(std::chrono::steady_clock::now() - begin, std::chrono::seconds(10));
    rd_kafka_mock_broker_set_up(cluster_, 1);  // so that its client ends before this program
}

}  // namespace
}  // namespace millrace::kafka
