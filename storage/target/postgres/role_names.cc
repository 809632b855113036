#include "storage/target/postgres/role_names.h"

#include <fmt/format.h>

#include "core/base/crc32c.h"
#include "storage/target/postgres/names.h"

namespace millrace::postgres {

RoleNames::RoleNames(std::string_view space, const TargetName& target) {
    const auto prefix = fmt::format("millrace_{}_{:08x}_", space, crc32c(0, target.value));
    of_sinks_ = prefix + "s";
    of_schemas_ = prefix + "b_";
}

std::string RoleNames::of_sink(SinkNumber sink) const {
    return fmt::format("{}{}", of_sinks_, sink.value);
}

std::string RoleNames::of_schema(std::string_view schema) const {
    if (of_schemas_.size() + schema.size() <= kNameBytesMax) {
        return of_schemas_ + std::string(schema);
    }
    const auto sum = fmt::format("_{:08x}", crc32c(0, schema));
    return fmt::format("{}{}{}", of_schemas_,
                       schema.substr(0, kNameBytesMax - of_schemas_.size() - sum.size()), sum);
}

}  // namespace millrace::postgres
