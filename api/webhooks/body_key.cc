#include "api/webhooks/body_key.h"

#include <array>
#include <random>
#include <utility>

#include "core/mapping/body_reader.h"
#include "core/mapping/path.h"

namespace millrace::webhooks {
namespace {

// Names of forms are hashed with a number that no sender knows.
class DeviceRng final : public Rng {
public:
    std::uint64_t next() override { return std::uint64_t{device_()} << 32 | device_(); }

private:
    std::random_device device_;
};

}  // namespace

BodyKey::BodyKey(mapping::PathTrie trie)
    : trie_(std::move(trie)),
      random_(std::make_unique<DeviceRng>()),
      scratch_(std::make_unique<mapping::Scratch>(*random_)) {}

Result<BodyKey> BodyKey::compile(std::string_view path) {
    TRY(mapping::check_path(path));
    TRY_ASSIGN(auto parsed, mapping::parse_path(path));
    TRY_ASSIGN(auto trie, mapping::PathTrie::build(std::array{std::move(parsed)}));
    return BodyKey(std::move(trie));
}

std::string_view BodyKey::find(std::string_view body, std::string_view content_type) {
    using mapping::BodyState;
    auto& scratch = *scratch_;
    scratch.forget_cells();
    scratch.record.body = body;
    scratch.record.content_type = content_type;
    auto state = mapping::read_body(trie_, mapping::PlainText::json, scratch);
    if (state == BodyState::unsupported) {  // a sink may keep it all the same
        scratch.record.content_type = "application/json";
        state = mapping::read_body(trie_, mapping::PlainText::json, scratch);
    }
    if (state != BodyState::read) return {};
    const auto& value = scratch.json.value(0);
    if (!value.found() || scratch.is_broken(value)) return {};
    const auto first = value.text().front();
    const bool is_number = first == '-' || (first >= '0' && first <= '9');
    if (first != '"' && !is_number) return {};
    return scratch.cell_text(value, true);
}

}  // namespace millrace::webhooks
