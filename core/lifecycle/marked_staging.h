#pragma once
// MarkedStaging: a staging that is used only while it is the one that it was.
//
// A folder whose disk is not mounted is an empty folder; a prefix that somebody else has too is
// full of objects that this catalog does not know, and would remove. So a staging gets a mark, an
// object with a key that no slice has, when it is first used; the catalog keeps the same mark. Each
// use looks whether the two are equal, if the last look was some seconds ago; of a folder always.
//
//   catalog   staging   then
//   none      none      a new mark: into the catalog, into the staging, and confirmed
//   known     equal     used
//   known     none      refused, unless the mark was never confirmed: then it is put there again;
//                       so it is by mend_mark()
//   known     other     refused
//   none      of ours   used: the staging has another name now
//   none      other     refused: it belongs to another installation
//
// Two copies of one data folder have the same marks: they are not told apart.
//
// Lifetime  registry, clock and random must outlive it.
// Thread    any.
// Errors    of all calls also: unavailable, with the remedy: it is refused, or that is not known

#include <chrono>
#include <functional>
#include <memory>
#include <mutex>
#include <span>
#include <string>
#include <utility>
#include <vector>

#include "core/base/result.h"
#include "core/base/time.h"
#include "core/ports/clock.h"
#include "core/ports/file_links.h"
#include "core/ports/rng.h"
#include "core/ports/staging.h"
#include "core/ports/staging_registry.h"

namespace millrace::lifecycle {

class MarkedStaging final : public Staging, public LinkingStaging {
public:
    static constexpr const char* kMarkKey = "millrace-staging";

    struct Ports {
        StagingRegistry& registry;
        const Clock& clock;
        Rng& random;                                       // from any thread
        Milliseconds good_for = std::chrono::seconds(10);  // an equal mark
    };

    MarkedStaging(StagingName name, std::unique_ptr<Staging> staging, const Ports& ports)
        : name_(std::move(name)), staging_(std::move(staging)), ports_(ports) {}

    // Whether it may be used now.
    // Errors  unavailable
    Result<void> require_mark();

    // The same, but a staging that was never used gets no mark.
    // Errors  unavailable
    Result<void> probe();

    // Whether it could be used, for one who may write nothing: neither here nor in the registry.
    // Errors  unavailable
    Result<void> look();

    // Of a staging that lost its mark, or has something else in its place, and has an object with
    // one of these keys, which the catalog knows: puts the mark there again. With `supposes` only
    // this MarkedStaging takes it for being there. Returns whether it was so.
    // Errors  those of the staging and the registry
    enum class Mending { writes, supposes };
    Result<bool> mend_mark(std::span<const std::string> keys, Mending mending);

    Result<std::uint64_t> put(const std::string& key, ByteSource& bytes) override;
    Result<bool> link(const std::string& key, const std::string& path) override;
    Result<std::unique_ptr<ByteSource>> get(const std::string& key) override;
    Result<void> remove(const std::string& key) override;
    // Without the mark.
    Result<std::vector<std::string>> list(const ListPage& page) override;
    void stop() override { staging_->stop(); }

private:
    using Marks = std::vector<StagingMark>;
    Result<void> compare();
    Result<void> refuse_other(const Marks& known, const std::string& found) const;
    Result<std::string> read_mark();
    Result<void> put_mark(const Uuid& mark);

    const StagingName name_;
    const std::unique_ptr<Staging> staging_;
    const Ports ports_;
    bool is_supposed_ = false;  // the mark is
    std::mutex mutex_;          // held while the marks are compared
    Result<void> compared_;
    SteadyTime compare_at_ = SteadyTime::min();
};

}  // namespace millrace::lifecycle
