#pragma once
// KafkaReaders: topics of Apache Kafka by librdkafka. The one wrapper of that library.
//
// Partitions are assigned by the caller; the group only has a name for commit(). Offsets that are
// out of range are told, never reset. Only what committed transactions wrote is read, unless the
// property "isolation.level" says otherwise.
//
// Thread  the library has threads of its own, which end with the reader.

#include <memory>
#include <utility>
#include <vector>

#include "core/base/network.h"
#include "core/ports/topic_reader.h"

namespace millrace::kafka {

class KafkaReaders final : public TopicReaders {
public:
    // Connects to addresses in these networks only, wherever brokers and their names lead; none: to
    // any. Tokens of OAuth are refused then, as the library asks for them by itself.
    explicit KafkaReaders(std::vector<Network> networks = {}) : networks_(std::move(networks)) {}

    Result<std::unique_ptr<TopicReader>> open(const TopicReaderSettings& settings) override;

private:
    const std::vector<Network> networks_;
};

// ok if the library takes the value of the property.
// Errors  invalid, with the reason
Result<void> check_property(const std::string& name, const std::string& value);

}  // namespace millrace::kafka
