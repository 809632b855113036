#include "core/lifecycle/marked_staging.h"

#include <fmt/format.h>

#include <algorithm>
#include <array>
#include <chrono>
#include <cstring>
#include <span>
#include <string_view>

namespace millrace::lifecycle {
namespace {

constexpr Milliseconds kBadFor = std::chrono::seconds(1);
constexpr std::size_t kMarkBytes = 36;  // a UUID as text

class TextSource final : public ByteSource {
public:
    explicit TextSource(std::string text) : text_(std::move(text)) {}

    Result<std::size_t> read(std::span<char> buffer) override {
        const auto count = std::min(buffer.size(), text_.size() - offset_);
        std::memcpy(buffer.data(), text_.data() + offset_, count);
        offset_ += count;
        return count;
    }

private:
    const std::string text_;
    std::size_t offset_ = 0;
};

Error refused(const StagingName& staging, std::string_view why) {
    return Error(Code::unavailable,
                 fmt::format("staging \"{}\" is not used: {}", staging.value, why));
}

}  // namespace

Result<void> MarkedStaging::require_mark() {
    const std::lock_guard lock(mutex_);
    if (is_supposed_) return {};
    if (ports_.clock.steady() < compare_at_) return compared_;
    compared_ = compare();
    // A server that is away costs one worker its time, not each of them in turn.
    compare_at_ = ports_.clock.steady() + (compared_.ok() ? ports_.good_for : kBadFor);
    return compared_;
}

Result<void> MarkedStaging::probe() {
    TRY_ASSIGN(const auto known, ports_.registry.staging_marks());
    const bool is_known =
        std::ranges::any_of(known, [&](const StagingMark& mark) { return mark.staging == name_; });
    return is_known ? require_mark() : look();
}

Result<void> MarkedStaging::look() {
    const std::lock_guard lock(mutex_);  // the first upload may be putting the mark there
    TRY_ASSIGN(const auto known, ports_.registry.staging_marks());
    TRY_ASSIGN(const auto found, read_mark());
    return refuse_other(known, found);
}

// The lines of the table in the header that refuse.
Result<void> MarkedStaging::refuse_other(const Marks& known, const std::string& found) const {
    const auto own = std::ranges::find(known, name_, &StagingMark::staging);
    const bool is_known = own != known.end();
    if (found.empty()) {
        if (!is_known || !own->is_there) return {};
        return refused(name_,
                       fmt::format("the object \"{}\" that it got when it was first used is not "
                                   "there; mount its disk, or configure the folder or the "
                                   "prefix that it had",
                                   kMarkKey));
    }
    const auto mark = parse_uuid(found);
    if (is_known && mark == own->mark) return {};
    if (is_known) {
        return refused(name_,
                       fmt::format("it is another one than before, by its object \"{}\"; configure "
                                   "the folder or the prefix that it had",
                                   kMarkKey));
    }
    const bool is_ours =
        std::ranges::any_of(known, [&](const StagingMark& other) { return mark == other.mark; });
    if (is_ours) return {};
    return refused(name_,
                   fmt::format("it belongs to another installation of Millrace, by its object "
                               "\"{}\"; configure an empty folder or another prefix, or remove "
                               "that object if the other one is gone for good",
                               kMarkKey));
}

Result<void> MarkedStaging::compare() {
    TRY_ASSIGN(const auto known, ports_.registry.staging_marks());
    const auto own = std::ranges::find(known, name_, &StagingMark::staging);
    TRY_ASSIGN(const auto found, read_mark());
    TRY(refuse_other(known, found));
    if (found.empty()) {
        StagingMark mark{
            .staging = name_,
            .mark = own != known.end() ? own->mark : ports_.random.uuid_v7(ports_.clock.age())};
        TRY(ports_.registry.save_staging_mark(mark));
        TRY(put_mark(mark.mark));
        mark.is_there = true;
        return ports_.registry.save_staging_mark(mark);
    }
    if (own != known.end() && own->is_there) return {};
    const auto mark = parse_uuid(found);  // one of ours, whatever the staging was called
    return ports_.registry.save_staging_mark({.staging = name_, .mark = *mark, .is_there = true});
}

// Empty if there is none.
Result<std::string> MarkedStaging::read_mark() {
    auto object = staging_->get(kMarkKey);
    if (!object.ok()) {
        if (object.error().code() == Code::not_found) return std::string();
        return std::move(object).error().in(fmt::format("staging \"{}\"", name_.value));
    }
    std::array<char, kMarkBytes + 1> buffer;  // more than a mark is none
    std::size_t size = 0;
    while (size < buffer.size()) {
        TRY_ASSIGN(const auto count, object.value()->read(std::span(buffer).subspan(size)));
        if (count == 0) break;
        size += count;
    }
    return size == 0 ? std::string("nothing") : std::string(buffer.data(), size);
}

Result<void> MarkedStaging::put_mark(const Uuid& mark) {
    TextSource text(to_string(mark));
    TRY(staging_->put(kMarkKey, text).in(fmt::format("staging \"{}\"", name_.value)));
    return {};
}

Result<bool> MarkedStaging::mend_mark(std::span<const std::string> keys, Mending mending) {
    const std::lock_guard lock(mutex_);
    TRY_ASSIGN(const auto known, ports_.registry.staging_marks());
    const auto own = std::ranges::find(known, name_, &StagingMark::staging);
    if (own == known.end() || !own->is_there) return false;
    TRY_ASSIGN(const auto found, read_mark());
    if (parse_uuid(found)) return false;  // its own, or that of another one
    for (const auto& key : keys) {
        const auto object = staging_->get(key);
        if (!object.ok() && object.error().code() == Code::not_found) continue;
        if (!object.ok()) return object.error();
        is_supposed_ = mending == Mending::supposes;
        if (!is_supposed_) TRY(put_mark(own->mark));
        compare_at_ = SteadyTime::min();
        return true;
    }
    return false;
}

Result<std::uint64_t> MarkedStaging::put(const std::string& key, ByteSource& bytes) {
    TRY(require_mark());
    return staging_->put(key, bytes);
}

Result<bool> MarkedStaging::link(const std::string& key, const std::string& path) {
    auto* const linking = dynamic_cast<LinkingStaging*>(staging_.get());
    if (linking == nullptr) return false;
    TRY(require_mark());
    return linking->link(key, path);
}

Result<std::unique_ptr<ByteSource>> MarkedStaging::get(const std::string& key) {
    TRY(require_mark());
    return staging_->get(key);
}

Result<void> MarkedStaging::remove(const std::string& key) {
    TRY(require_mark());
    return staging_->remove(key);
}

Result<std::vector<std::string>> MarkedStaging::list(const ListPage& page) {
    TRY(require_mark());
    TRY_ASSIGN(auto keys, staging_->list(page));
    // A page with it has one key less than the limit and is not the last one: read on behind it.
    const auto mark = std::ranges::find(keys, kMarkKey);
    if (mark == keys.end()) return keys;
    const bool was_full = keys.size() == page.limit;
    keys.erase(mark);
    if (!was_full) return keys;
    TRY_ASSIGN(auto more,
               staging_->list(
                   {.prefix = page.prefix,
                    .after = keys.empty() ? kMarkKey : std::max(keys.back(), std::string(kMarkKey)),
                    .limit = 1}));
    keys.insert(keys.end(), more.begin(), more.end());
    return keys;
}

}  // namespace millrace::lifecycle
