#include "tests/sim/sim_disk.h"

#include <fmt/format.h>

#include <algorithm>
#include <utility>

#include "core/base/check.h"
#include "tests/sim/sim_names.h"

namespace millrace::sim {
namespace {

constexpr std::uint64_t kFreeBytesOfUnlimited = std::uint64_t{1} << 40;

Error unavailable(std::string_view operation, std::string_view path, std::string_view why) {
    return Error(Code::unavailable, fmt::format("{} {}: {}", operation, path, why));
}

Error no_space(std::string_view operation, std::string_view path) {
    return unavailable(operation, path, "no space left").named(kNoSpace);
}

Error unknown_outcome(std::string_view operation, std::string_view path) {
    return Error(Code::unknown_outcome, fmt::format("{} {}: simulated fault", operation, path));
}

}  // namespace

struct SimDisk::State {
    enum class Verdict { go, fail, dead };

    explicit State(const Options& from) : options(from), rng(from.seed) {}

    // Lets others run, then keeps them out.
    std::unique_lock<std::mutex> enter() {
        if (before_each && !std::exchange(others_run, true)) {
            before_each();
            others_run = false;
        }
        return std::unique_lock(mutex);
    }

    // Counts an operation and says what becomes of it.
    Verdict begin() {
        const auto number = static_cast<std::int64_t>(operations++);
        if (options.fail_at < 0 || number < options.fail_at) return Verdict::go;
        if (number == options.fail_at) {
            fired = true;
            return Verdict::fail;
        }
        return options.fail_forever ? Verdict::dead : Verdict::go;
    }

    // For an operation that either happens or not.
    Result<void> begin_plain(std::string_view operation, std::string_view path) {
        const auto verdict = begin();
        if (verdict == Verdict::go) return {};
        if (verdict == Verdict::fail) ++faults[Fault::operation_failed];
        return unavailable(operation, path, "simulated fault");
    }

    std::uint64_t free_bytes() const {
        if (options.capacity_bytes == kUnlimited) return kFreeBytesOfUnlimited;
        std::uint64_t used = 0;
        names.for_each_file([&](const SimNode& node) { used += node.content.size(); });
        return options.capacity_bytes - std::min(options.capacity_bytes, used);
    }

    // For an operation that needs a descriptor. Comes after begin(): a refusal is its outcome.
    Result<void> take_descriptor(std::string_view operation, std::string_view path) {
        const auto number = opens++;
        if (number < refused_from || number - refused_from >= refused_count) return {};
        ++faults[Fault::no_descriptor];
        return unavailable(operation, path, "too many open files").named(kNoDescriptors);
    }

    // How many more bytes a write needs than there are now.
    std::uint64_t growth_of_write(std::uint64_t size, std::uint64_t offset,
                                  std::uint64_t bytes) const {
        const auto end = offset + bytes;
        return std::max(end > size ? end - size : 0, options.copy_on_write ? bytes : 0);
    }

    bool fits(std::uint64_t old_size, std::uint64_t new_size) const {
        return new_size <= old_size || options.capacity_bytes == kUnlimited ||
               new_size - old_size <= free_bytes();
    }

    Result<void> sync_directory(Verdict verdict, const SimNodePtr& directory,
                                std::string_view path) {
        if (verdict == Verdict::dead) return unknown_outcome("sync directory", path);
        if (verdict == Verdict::fail) {
            ++faults[Fault::directory_sync_failed];
            names.fail_sync(directory, rng, faults);
            return unknown_outcome("sync directory", path);
        }
        names.sync(directory);
        return {};
    }

    mutable std::mutex mutex;  // guards all
    Options options;
    SimRng rng;
    SimNames names;
    FaultCounts faults;
    std::uint64_t operations = 0;
    std::uint64_t power_losses = 0;
    std::uint64_t opens = 0;
    std::uint64_t refused_from = 0;
    std::uint64_t refused_count = 0;
    bool fired = false;
    std::function<void()> before_each;
    bool others_run = false;  // within before_each
};

class SimDisk::File : public DiskFile {
public:
    File(State& state, SimNodePtr node, std::string path)
        : state_(state),
          node_(std::move(node)),
          path_(std::move(path)),
          opened_after_(state.power_losses) {}

    Result<std::size_t> read_at(std::uint64_t offset, std::span<std::byte> buffer) override {
        const auto lock = state_.enter();
        TRY(state_.begin_plain("read", path_));
        TRY(require_power("read"));
        return node_->content.read(offset, buffer);
    }

    Result<void> write_at(std::uint64_t offset, std::span<const std::byte> bytes) override {
        const auto lock = state_.enter();
        const auto verdict = state_.begin();
        TRY(require_power("write"));
        auto& content = node_->content;
        if (verdict == State::Verdict::dead) return unavailable("write", path_, "simulated fault");
        if (verdict == State::Verdict::fail) {
            const auto part = bytes.first(state_.rng.below(bytes.size() + 1));
            if (state_.growth_of_write(content.size(), offset, part.size()) <=
                state_.free_bytes()) {
                content.write(offset, part);
            }
            ++state_.faults[part.empty() ? Fault::operation_failed : Fault::write_cut];
            return unavailable("write", path_, "simulated fault");
        }
        if (state_.growth_of_write(content.size(), offset, bytes.size()) > state_.free_bytes()) {
            content.write(offset, bytes.first(state_.rng.below(room_for_write(offset) + 1)));
            ++state_.faults[Fault::no_space];
            return no_space("write", path_);
        }
        content.write(offset, bytes);
        return {};
    }

    Result<void> sync_data() override {
        const auto lock = state_.enter();
        const auto verdict = state_.begin();
        TRY(require_power("sync"));
        switch (verdict) {
            case State::Verdict::go:
                node_->content.sync(state_.rng, state_.faults);
                return {};
            case State::Verdict::dead:
                break;
            case State::Verdict::fail:
                ++state_.faults[Fault::sync_failed];
                node_->content.fail_sync(state_.rng, state_.faults);
                break;
        }
        return unknown_outcome("sync", path_);
    }

    Result<std::uint64_t> size() override {
        const auto lock = state_.enter();
        TRY(state_.begin_plain("stat", path_));
        TRY(require_power("stat"));
        return node_->content.size();
    }

    Result<void> truncate(std::uint64_t size) override {
        const auto lock = state_.enter();
        TRY(state_.begin_plain("truncate", path_));
        TRY(require_power("truncate"));
        if (!state_.fits(node_->content.size(), size)) {
            ++state_.faults[Fault::no_space];
            return no_space("truncate", path_);
        }
        node_->content.truncate(size);
        return {};
    }

    Result<void> allocate(std::uint64_t size) override {
        {
            const auto lock = state_.enter();
            if (size <= node_->content.size()) return {};
        }
        return truncate(size);
    }

private:
    Result<void> require_power(std::string_view operation) const {
        if (state_.power_losses == opened_after_) return {};
        return unavailable(operation, path_, "opened before the power was lost");
    }

    // At most so many bytes can be written there before the disk is full.
    std::uint64_t room_for_write(std::uint64_t offset) const {
        if (state_.options.copy_on_write) return state_.free_bytes();
        const auto end_max = node_->content.size() + state_.free_bytes();
        return end_max > offset ? end_max - offset : 0;
    }

    State& state_;
    const SimNodePtr node_;
    const std::string path_;
    const std::uint64_t opened_after_;
};

class SimDisk::Directory : public DiskDirectory {
public:
    Directory(State& state, SimNodePtr node, std::string path)
        : state_(state),
          node_(std::move(node)),
          path_(std::move(path)),
          opened_after_(state.power_losses) {}

    Result<void> sync() override {
        const auto lock = state_.enter();
        const auto verdict = state_.begin();
        if (state_.power_losses != opened_after_) {
            return unavailable("sync directory", path_, "opened before the power was lost");
        }
        return state_.sync_directory(verdict, node_, path_);
    }

private:
    State& state_;
    const SimNodePtr node_;
    const std::string path_;
    const std::uint64_t opened_after_;
};

SimDisk::SimDisk(Options options) : state_(std::make_unique<State>(options)) {}

SimDisk::~SimDisk() = default;

Result<std::unique_ptr<DiskFile>> SimDisk::open(const std::string& path, Open mode) {
    const auto lock = state_->enter();
    TRY(state_->begin_plain("open", path));
    TRY(state_->take_descriptor("open", path));
    auto node = state_->names.find(path);
    if (node.ok() && mode == Open::create_new) {
        return Error(Code::conflict, fmt::format("open {}: it exists", path));
    }
    if (!node.ok() && node.error().code() == Code::not_found && mode != Open::existing) {
        node = state_->names.create_file(path);
    }
    if (!node.ok()) return std::move(node).error().in("open");
    if (node.value()->is_directory) return unavailable("open", path, "is a directory");
    return std::unique_ptr<DiskFile>(
        std::make_unique<File>(*state_, std::move(node).value(), path));
}

Result<void> SimDisk::rename(const std::string& from, const std::string& to) {
    const auto lock = state_->enter();
    TRY(state_->begin_plain("rename", from));
    return state_->names.rename(from, to).in("rename");
}

Result<void> SimDisk::remove(const std::string& path) {
    const auto lock = state_->enter();
    TRY(state_->begin_plain("remove", path));
    return state_->names.remove(path).in("remove");
}

Result<void> SimDisk::make_directories(const std::string& path) {
    const auto lock = state_->enter();
    const auto verdict = state_->begin();
    if (verdict == State::Verdict::go)
        return state_->names.make_directories(path, true).in("mkdir");
    if (verdict == State::Verdict::fail && state_->rng.chance(50)) {
        ++state_->faults[Fault::directories_unsynced];
        TRY(state_->names.make_directories(path, false).in("mkdir"));
        return unknown_outcome("mkdir", path);
    }
    if (verdict == State::Verdict::fail) ++state_->faults[Fault::operation_failed];
    return unavailable("mkdir", path, "simulated fault");
}

Result<std::unique_ptr<DiskDirectory>> SimDisk::open_directory(const std::string& path) {
    const auto lock = state_->enter();
    TRY(state_->begin_plain("open directory", path));
    TRY(state_->take_descriptor("open directory", path));
    auto directory = state_->names.find_directory(path);
    if (!directory.ok()) return Error(directory.error()).in("open directory");
    return std::unique_ptr<DiskDirectory>(
        std::make_unique<Directory>(*state_, std::move(directory).value(), path));
}

Result<void> SimDisk::sync_directory(const std::string& path) {
    const auto lock = state_->enter();
    const auto verdict = state_->begin();
    if (verdict == State::Verdict::dead) return unknown_outcome("sync directory", path);
    TRY(state_->take_descriptor("sync directory", path));
    const auto directory = state_->names.find_directory(path);
    if (!directory.ok()) return Error(directory.error()).in("sync directory");
    return state_->sync_directory(verdict, directory.value(), path);
}

Result<std::vector<std::string>> SimDisk::list(const std::string& path) {
    const auto lock = state_->enter();
    TRY(state_->begin_plain("list", path));
    TRY(state_->take_descriptor("list", path));
    const auto directory = state_->names.find_directory(path);
    if (!directory.ok()) return Error(directory.error()).in("list");
    std::vector<std::string> names;
    for (const auto& [name, node] : directory.value()->names) names.push_back(name);
    return names;
}

Result<std::uint64_t> SimDisk::free_bytes(const std::string& path) {
    const auto lock = state_->enter();
    TRY(state_->begin_plain("statvfs", path));
    const auto node = state_->names.find(path);
    if (!node.ok()) return Error(node.error()).in("statvfs");
    return state_->free_bytes();
}

void SimDisk::lose_power() {
    const std::lock_guard lock(state_->mutex);
    ++state_->power_losses;
    state_->names.lose_power(state_->rng, state_->faults);
    state_->names.for_each_file([&](SimNode& node) {
        node.content.lose_power(Survival::draw(state_->rng), state_->rng, state_->faults);
    });
}

void SimDisk::fail_at(std::int64_t operation, bool forever) {
    const std::lock_guard lock(state_->mutex);
    state_->options.fail_at = operation;
    state_->options.fail_forever = forever;
    state_->fired = false;
}

void SimDisk::set_capacity(std::uint64_t bytes) {
    const std::lock_guard lock(state_->mutex);
    state_->options.capacity_bytes = bytes;
}

void SimDisk::refuse_opens(std::uint64_t from, std::uint64_t count) {
    const std::lock_guard lock(state_->mutex);
    state_->refused_from = from;
    state_->refused_count = count;
}

std::uint64_t SimDisk::opens() const {
    const std::lock_guard lock(state_->mutex);
    return state_->opens;
}

void SimDisk::flip_bit(const std::string& path, std::uint64_t offset) {
    const std::lock_guard lock(state_->mutex);
    const auto node = state_->names.find(path);
    check(node.ok() && offset < node.value()->content.size(), "no byte {} in {}", offset, path);
    node.value()->content.flip_bit(offset, static_cast<unsigned>(state_->rng.below(8)));
    ++state_->faults[Fault::bit_flipped];
}

void SimDisk::before_each(std::function<void()> others) {
    state_->before_each = std::move(others);
}

bool SimDisk::fault_fired() const {
    const std::lock_guard lock(state_->mutex);
    return state_->fired;
}

std::uint64_t SimDisk::operations() const {
    const std::lock_guard lock(state_->mutex);
    return state_->operations;
}

FaultCounts SimDisk::faults() const {
    const std::lock_guard lock(state_->mutex);
    return state_->faults;
}

}  // namespace millrace::sim
