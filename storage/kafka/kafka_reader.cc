#include "storage/kafka/kafka_reader.h"

#include <arpa/inet.h>
#include <fmt/format.h>
#include <librdkafka/rdkafka.h>
#include <netinet/in.h>
#include <sys/socket.h>

#include <algorithm>
#include <array>
#include <cerrno>
#include <future>
#include <memory>
#include <string>
#include <system_error>
#include <thread>
#include <utility>
#include <vector>

#include "core/base/guarded.h"

namespace millrace::kafka {
namespace {

// What a reader says unless its settings do: messages that are fetched ahead, how long a broker
// gathers, and how soon a broker that is away is tried again.
const std::map<std::string, std::string> kDefaults = {
    {"client.id", "millrace"},
    {"isolation.level", "read_committed"},
    {"fetch.wait.max.ms", "100"},
    {"queued.min.messages", "1000000"},
    {"queued.max.messages.kbytes", "65536"},
    {"reconnect.backoff.ms", "100"},
    {"reconnect.backoff.max.ms", "2000"},
    {"topic.metadata.refresh.interval.ms", "30000"},
};

constexpr std::size_t kErrorBytes = 512;
constexpr int kLogWarning = 4;  // as syslog counts; lower is worse

struct Conf {
    Conf() : handle(rd_kafka_conf_new()) {}
    ~Conf() {
        if (handle != nullptr) rd_kafka_conf_destroy(handle);
    }
    Conf(const Conf&) = delete;
    Conf& operator=(const Conf&) = delete;

    Result<void> set(const std::string& name, const std::string& value) {
        std::array<char, kErrorBytes> text{};
        const auto set =
            rd_kafka_conf_set(handle, name.c_str(), value.c_str(), text.data(), text.size());
        if (set == RD_KAFKA_CONF_OK) return {};
        return Error(Code::invalid, text.data());
    }

    rd_kafka_conf_t* handle;
};

struct DestroyList {
    void operator()(rd_kafka_topic_partition_list_t* list) const noexcept {
        rd_kafka_topic_partition_list_destroy(list);
    }
};
using PartitionList = std::unique_ptr<rd_kafka_topic_partition_list_t, DestroyList>;

PartitionList list_of(const std::string& topic, std::span<const PartitionOffset> partitions) {
    PartitionList list(rd_kafka_topic_partition_list_new(static_cast<int>(partitions.size())));
    for (const auto& [partition, offset] : partitions) {
        rd_kafka_topic_partition_list_add(list.get(), topic.c_str(), partition)->offset = offset;
    }
    return list;
}

bool is_gone(rd_kafka_resp_err_t error) {
    return error == RD_KAFKA_RESP_ERR_UNKNOWN_TOPIC_OR_PART ||
           error == RD_KAFKA_RESP_ERR__UNKNOWN_TOPIC ||
           error == RD_KAFKA_RESP_ERR__UNKNOWN_PARTITION;
}

Code code_of(rd_kafka_resp_err_t error) {
    if (is_gone(error)) return Code::not_found;
    switch (error) {
        case RD_KAFKA_RESP_ERR_TOPIC_AUTHORIZATION_FAILED:
        case RD_KAFKA_RESP_ERR_GROUP_AUTHORIZATION_FAILED:
        case RD_KAFKA_RESP_ERR_CLUSTER_AUTHORIZATION_FAILED:
        case RD_KAFKA_RESP_ERR_SASL_AUTHENTICATION_FAILED:
        case RD_KAFKA_RESP_ERR__AUTHENTICATION:
            return Code::unauthorized;
        default:  // the library adds codes as it likes
            return Code::unavailable;
    }
}

// What the library tells by itself; it outlives its client.
struct Told {
    std::vector<TopicEvent> events;  // by the thread that polls
    Guarded<std::string> last_log;   // by any
    std::vector<Network> networks;   // to which it may connect; none: to any
    Guarded<std::string> refused;    // the last address that it may not connect to
};

// "10.0.0.1"; empty for another family.
std::string text_of(const sockaddr& address) {
    std::array<char, INET6_ADDRSTRLEN> text{};
    const void* bytes = nullptr;
    if (address.sa_family == AF_INET) {
        bytes = &reinterpret_cast<const sockaddr_in&>(address).sin_addr;
    } else if (address.sa_family == AF_INET6) {
        bytes = &reinterpret_cast<const sockaddr_in6&>(address).sin6_addr;
    }
    if (bytes == nullptr) return "";
    const auto* const written =
        inet_ntop(address.sa_family, bytes, text.data(), static_cast<socklen_t>(text.size()));
    return written == nullptr ? "" : written;
}

// Ends the client. With a commit on its way to a broker that is away that takes the time of a
// request, a minute: it ends behind us then.
void end_client(rd_kafka_t* client, std::shared_ptr<Told> told) {
    constexpr Milliseconds kPatience{1'000};
    std::promise<void> ended;
    auto is_ended = ended.get_future();
    std::thread ending;
    const auto end = [client] {
        rd_kafka_destroy_flags(client, RD_KAFKA_DESTROY_F_NO_CONSUMER_CLOSE);
    };
    try {
        ending = std::thread([end, told = std::move(told), ended = std::move(ended)]() mutable {
            end();
            ended.set_value();
        });
    } catch (const std::system_error&) {  // the machine has no thread for it
        return end();
    }
    if (is_ended.wait_for(kPatience) == std::future_status::ready) return ending.join();
    ending.detach();
}

class KafkaReader final : public TopicReader {
public:
    explicit KafkaReader(std::string topic) : topic_name_(std::move(topic)) {}
    ~KafkaReader() override {
        release();
        if (queue_ != nullptr) rd_kafka_queue_destroy(queue_);
        if (topic_ != nullptr) rd_kafka_topic_destroy(topic_);
        if (client_ != nullptr) end_client(client_, told_);
    }
    KafkaReader(const KafkaReader&) = delete;
    KafkaReader& operator=(const KafkaReader&) = delete;

    Result<void> open(const TopicReaderSettings& settings, const std::vector<Network>& networks);

    Result<std::vector<std::int32_t>> partitions(Milliseconds wait) override;
    Result<Watermarks> watermarks(std::int32_t partition, Milliseconds wait) override;
    Result<std::optional<std::int64_t>> offset_at(std::int32_t partition, WallTime time,
                                                  Milliseconds wait) override;
    Result<void> assign(std::span<const PartitionOffset> partitions) override;
    TopicBatch read(std::size_t messages_max, Milliseconds wait) override;
    void wake() override { rd_kafka_queue_yield(queue_); }
    std::optional<Watermarks> last_watermarks(std::int32_t partition) const override;
    void commit(std::span<const PartitionOffset> partitions) override;

private:
    static void on_error(rd_kafka_t* client, int error, const char* text, void* told) noexcept;
    static int on_connect(int socket, const sockaddr* address, int bytes, const char* name,
                          void* told) noexcept;
    static void on_log(const rd_kafka_t* client, int level, const char* facility,
                       const char* text) noexcept;
    Error error_from(rd_kafka_resp_err_t error, std::string_view doing) const;
    void release();
    void add(rd_kafka_message_t* message);
    void add_event(const rd_kafka_message_t* message);
    void add_headers(rd_kafka_message_t* message);

    const std::string topic_name_;
    rd_kafka_t* client_ = nullptr;
    rd_kafka_topic_t* topic_ = nullptr;
    rd_kafka_queue_t* queue_ = nullptr;
    const std::shared_ptr<Told> told_ = std::make_shared<Told>();

    // Of the last read().
    std::vector<rd_kafka_message_t*> handles_;
    std::vector<FetchedMessage> messages_;
    std::vector<TopicHeader> headers_;
    std::vector<std::pair<std::size_t, std::size_t>> header_ends_;  // (message, end in headers_)
};

// Of the library's, or of a thread that polls; nothing may be thrown through C.
void KafkaReader::on_error(rd_kafka_t* client, int error, const char* text, void* told) noexcept {
    const bool is_broken = rd_kafka_fatal_error(client, nullptr, 0) != RD_KAFKA_RESP_ERR_NO_ERROR;
    try {
        static_cast<Told*>(told)->events.push_back(
            {.kind = is_broken ? TopicEvent::Kind::broken : TopicEvent::Kind::failed,
             .text = fmt::format("{}: {}",
                                 rd_kafka_err2str(static_cast<rd_kafka_resp_err_t>(error)), text)});
    } catch (...) {  // it is told again
    }
}

// In place of connect(2): here it is known where the names of brokers lead, also of those that
// other brokers have named.
int KafkaReader::on_connect(int socket, const sockaddr* address, int bytes, const char* /*name*/,
                            void* opaque) noexcept {
    auto* const told = static_cast<Told*>(opaque);
    try {
        const auto text = text_of(*address);
        const auto ip = parse_ip(text);
        const bool is_allowed =
            ip && std::ranges::any_of(told->networks, [&](const Network& network) {
                return network.contains(*ip);
            });
        if (!is_allowed) {
            told->refused.with([&](std::string& refused) { refused = text; });
            return EACCES;
        }
    } catch (...) {
        return ENOMEM;
    }
    if (connect(socket, address, static_cast<socklen_t>(bytes)) == 0) return 0;
    return errno == EINPROGRESS ? 0 : errno;
}

void KafkaReader::on_log(const rd_kafka_t* client, int level, const char* /*facility*/,
                         const char* text) noexcept {
    if (level > kLogWarning) return;
    auto* const told = static_cast<Told*>(rd_kafka_opaque(client));
    if (told == nullptr) return;
    try {
        std::string_view line(text);
        constexpr std::string_view kThread = "]: ";  // "[thrd:host:port/bootstrap]: the text"
        const auto begin = line.find(kThread);
        if (line.starts_with('[') && begin != std::string_view::npos) {
            line.remove_prefix(begin + kThread.size());
        }
        told->last_log.with([&](std::string& last) { last = line; });
    } catch (...) {  // a line that is not kept
    }
}

Result<void> set_all(Conf& conf, const TopicReaderSettings& settings) {
    auto properties = kDefaults;
    for (const auto& [name, value] : settings.properties) properties[name] = value;
    properties["bootstrap.servers"] = settings.brokers;
    properties["group.id"] = settings.group;
    properties["enable.auto.commit"] = "false";
    properties["enable.auto.offset.store"] = "false";
    properties["auto.offset.reset"] = "error";
    properties["enable.partition.eof"] = "true";
    properties["allow.auto.create.topics"] = settings.may_create ? "true" : "false";
    for (const auto& [name, value] : properties) TRY(conf.set(name, value));
    return {};
}

Result<void> KafkaReader::open(const TopicReaderSettings& settings,
                               const std::vector<Network>& networks) {
    constexpr auto* kTokenUrl = "sasl.oauthbearer.token.endpoint.url";
    if (!networks.empty() && settings.properties.contains(kTokenUrl)) {
        return Error(Code::invalid,
                     fmt::format("the property \"{}\" cannot be used, because the option "
                                 "kafka.networks says which addresses may be asked",
                                 kTokenUrl));
    }
    Conf conf;
    TRY(set_all(conf, settings));
    rd_kafka_conf_set_opaque(conf.handle, told_.get());
    rd_kafka_conf_set_error_cb(conf.handle, &KafkaReader::on_error);
    rd_kafka_conf_set_log_cb(conf.handle, &KafkaReader::on_log);
    told_->networks = networks;
    if (!networks.empty()) rd_kafka_conf_set_connect_cb(conf.handle, &KafkaReader::on_connect);
    std::array<char, kErrorBytes> text{};
    client_ = rd_kafka_new(RD_KAFKA_CONSUMER, conf.handle, text.data(), text.size());
    if (client_ == nullptr) return Error(Code::invalid, text.data());
    conf.handle = nullptr;  // the client has it
    rd_kafka_poll_set_consumer(client_);
    queue_ = rd_kafka_queue_get_consumer(client_);
    topic_ = rd_kafka_topic_new(client_, topic_name_.c_str(), nullptr);
    if (queue_ == nullptr || topic_ == nullptr) {
        return Error(Code::invalid, rd_kafka_err2str(rd_kafka_last_error()));
    }
    return {};
}

Error KafkaReader::error_from(rd_kafka_resp_err_t error, std::string_view doing) const {
    auto text = fmt::format("{}: {}", doing, rd_kafka_err2str(error));
    const auto log = told_->last_log.with([](const std::string& last) { return last; });
    const auto code = code_of(error);
    if (code == Code::unavailable && !log.empty()) text += fmt::format(" ({})", log);
    const auto refused = told_->refused.with([](const std::string& last) { return last; });
    if (code == Code::unavailable && !refused.empty()) {
        text += fmt::format(" (the address {} is in none of the option kafka.networks)", refused);
    }
    return Error(code, std::move(text));
}

Result<std::vector<std::int32_t>> KafkaReader::partitions(Milliseconds wait) {
    const rd_kafka_metadata_t* metadata = nullptr;
    const auto error =
        rd_kafka_metadata(client_, 0, topic_, &metadata, static_cast<int>(wait.count()));
    if (error != RD_KAFKA_RESP_ERR_NO_ERROR) return error_from(error, "ask for the topic");
    const std::unique_ptr<const rd_kafka_metadata_t, void (*)(const rd_kafka_metadata_t*)> held(
        metadata, rd_kafka_metadata_destroy);
    std::vector<std::int32_t> found;
    for (int i = 0; i < metadata->topic_cnt; ++i) {
        const auto& topic = metadata->topics[i];
        if (topic_name_ != topic.topic) continue;
        if (topic.err != RD_KAFKA_RESP_ERR_NO_ERROR) {
            return error_from(topic.err, "ask for the topic");
        }
        for (int p = 0; p < topic.partition_cnt; ++p) found.push_back(topic.partitions[p].id);
    }
    if (found.empty()) return Error(Code::not_found, "the brokers have no such topic");
    return found;
}

Result<Watermarks> KafkaReader::watermarks(std::int32_t partition, Milliseconds wait) {
    Watermarks marks;
    const auto error =
        rd_kafka_query_watermark_offsets(client_, topic_name_.c_str(), partition, &marks.low,
                                         &marks.high, static_cast<int>(wait.count()));
    if (error != RD_KAFKA_RESP_ERR_NO_ERROR) return error_from(error, "ask for the offsets");
    return marks;
}

Result<std::optional<std::int64_t>> KafkaReader::offset_at(std::int32_t partition, WallTime time,
                                                           Milliseconds wait) {
    const PartitionOffset asked{.partition = partition, .offset = time.unix_ms};
    const auto list = list_of(topic_name_, std::span(&asked, 1));
    auto error = rd_kafka_offsets_for_times(client_, list.get(), static_cast<int>(wait.count()));
    const auto& answer = list->elems[0];
    if (error == RD_KAFKA_RESP_ERR_NO_ERROR) error = answer.err;
    if (error != RD_KAFKA_RESP_ERR_NO_ERROR) return error_from(error, "ask for a time's offset");
    if (answer.offset < 0) return std::optional<std::int64_t>();
    return std::optional<std::int64_t>(answer.offset);
}

Result<void> KafkaReader::assign(std::span<const PartitionOffset> partitions) {
    release();
    const auto list = list_of(topic_name_, partitions);
    const auto error = rd_kafka_assign(client_, list.get());
    if (error != RD_KAFKA_RESP_ERR_NO_ERROR) return error_from(error, "read the partitions");
    return {};
}

TopicBatch KafkaReader::read(std::size_t messages_max, Milliseconds wait) {
    release();
    handles_.resize(messages_max);
    // The library waits until as many have come as are asked for: so for the first alone.
    auto got =
        rd_kafka_consume_batch_queue(queue_, static_cast<int>(wait.count()), handles_.data(), 1);
    if (got == 1 && messages_max > 1) {
        const auto more =
            rd_kafka_consume_batch_queue(queue_, 0, handles_.data() + 1, messages_max - 1);
        if (more > 0) got += more;
    }
    handles_.resize(got > 0 ? static_cast<std::size_t>(got) : 0);
    for (auto* const message : handles_) add(message);
    std::size_t begin = 0;
    for (const auto& [message, end] : header_ends_) {
        messages_[message].headers = std::span(headers_).subspan(begin, end - begin);
        begin = end;
    }
    return {.messages = messages_, .events = told_->events};
}

void KafkaReader::release() {
    for (auto* const message : handles_) rd_kafka_message_destroy(message);
    handles_.clear();
    messages_.clear();
    headers_.clear();
    header_ends_.clear();
    told_->events.clear();
}

void KafkaReader::add(rd_kafka_message_t* message) {
    if (message->err != RD_KAFKA_RESP_ERR_NO_ERROR) return add_event(message);
    FetchedMessage one{.partition = message->partition, .offset = message->offset};
    rd_kafka_timestamp_type_t type{};
    const auto time = rd_kafka_message_timestamp(message, &type);
    if (type != RD_KAFKA_TIMESTAMP_NOT_AVAILABLE && time >= 0) one.timestamp = WallTime{time};
    if (message->key != nullptr) {
        one.key = {static_cast<const char*>(message->key), message->key_len};
    }
    if (message->payload != nullptr) {
        one.value = {static_cast<const char*>(message->payload), message->len};
    }
    messages_.push_back(one);
    add_headers(message);
}

void KafkaReader::add_headers(rd_kafka_message_t* message) {
    rd_kafka_headers_t* list = nullptr;
    if (rd_kafka_message_headers(message, &list) != RD_KAFKA_RESP_ERR_NO_ERROR) return;
    const char* name = nullptr;
    const void* value = nullptr;
    std::size_t bytes = 0;
    for (std::size_t i = 0;
         rd_kafka_header_get_all(list, i, &name, &value, &bytes) == RD_KAFKA_RESP_ERR_NO_ERROR;
         ++i) {
        TopicHeader header{.name = name};
        if (value != nullptr) header.value = {static_cast<const char*>(value), bytes};
        headers_.push_back(header);
    }
    header_ends_.emplace_back(messages_.size() - 1, headers_.size());
}

void KafkaReader::add_event(const rd_kafka_message_t* message) {
    const auto error = message->err;
    TopicEvent event{.partition = message->partition};
    const auto* const text = rd_kafka_message_errstr(message);
    event.text = text != nullptr ? text : rd_kafka_err2str(error);
    event.offset = message->offset;
    if (error == RD_KAFKA_RESP_ERR__PARTITION_EOF) {
        event.kind = TopicEvent::Kind::end;
    } else if (error == RD_KAFKA_RESP_ERR__AUTO_OFFSET_RESET) {
        event.kind = TopicEvent::Kind::out_of_range;
    } else if (is_gone(error)) {
        event.kind = TopicEvent::Kind::gone;
    }
    told_->events.push_back(std::move(event));
}

std::optional<Watermarks> KafkaReader::last_watermarks(std::int32_t partition) const {
    Watermarks marks;
    const auto error = rd_kafka_get_watermark_offsets(client_, topic_name_.c_str(), partition,
                                                      &marks.low, &marks.high);
    if (error != RD_KAFKA_RESP_ERR_NO_ERROR || marks.high < 0) return std::nullopt;
    return marks;
}

void KafkaReader::commit(std::span<const PartitionOffset> partitions) {
    constexpr int kAsync = 1;
    const auto list = list_of(topic_name_, partitions);
    static_cast<void>(rd_kafka_commit(client_, list.get(), kAsync));
}

}  // namespace

Result<std::unique_ptr<TopicReader>> KafkaReaders::open(const TopicReaderSettings& settings) {
    auto reader = std::make_unique<KafkaReader>(settings.topic);
    TRY(reader->open(settings, networks_));
    return std::unique_ptr<TopicReader>(std::move(reader));
}

Result<void> check_property(const std::string& name, const std::string& value) {
    Conf conf;
    return conf.set(name, value);
}

}  // namespace millrace::kafka
