#pragma once
// DueWork: which upload or import to start next.
//
// A slice or file has at most one task at a time, and a table at most one import; where a database
// has one writer its bucket has. Among what is due the sink that waited longest since its last turn
// is next, so a sink with much work, or one whose work keeps failing, holds up none. Of more sinks
// than a list of the catalog has room for, those with the oldest work come first.
//
// Something slow must hold up nothing that has nothing to do with it, so no cause of slowness may
// take all workers: not one kind of work (a staging or a target that hangs), not one of several
// targets, not work that is long (many bytes, or the sink's last turn took long), not the uploads
// of one volume (a dying disk). A target has so many imports at most as its limit says, of which a
// third is short; with workers_for() that many find workers, whatever other targets do.
//
// Thread  the lifecycle strand.

#include <cstdint>
#include <functional>
#include <map>
#include <optional>
#include <set>
#include <string>
#include <unordered_map>
#include <unordered_set>
#include <utility>
#include <variant>
#include <vector>

#include "core/base/ids.h"
#include "core/base/time.h"
#include "core/lifecycle/lifecycle_events.h"
#include "core/lifecycle/moment.h"
#include "core/lifecycle/snapshots.h"
#include "core/lifecycle/stores.h"
#include "core/model/file.h"
#include "core/model/slice.h"

namespace millrace::lifecycle {

struct Work {
    std::variant<Slice, File> subject;  // to upload, to import
    SharedSnapshot snapshot;
    std::vector<File> behind = {};  // of an import: files that are imported with it, in order

    bool is_import() const { return std::holds_alternative<File>(subject); }
    SinkNumber sink() const;
    Uuid id() const;
    const Retry& retry() const;
    std::uint64_t bytes() const;  // of CSV
};

class DueWork {
public:
    // Whether an older file than `file` of its sink is still to come into the catalog.
    using IsEarly = std::function<bool(const File& file)>;

    DueWork(const Stores& stores, Snapshots& snapshots, const LifecycleEvents& events,
            std::size_t workers);

    // How many workers targets need that hold up no other; not for very many of them.
    static std::size_t workers_for(const Targets& targets, const ImportLimits& limits);

    // Asks the catalog for what is due and does not run; empty while it fails. What it returns is
    // good for as long as only work that ends changes the catalog's slices and files; drop() what
    // anything else has changed.
    std::vector<Work> list(const Moment& now, const IsEarly& is_early);

    // Takes the next one out of `due` and counts it as running; nothing if none may start now.
    std::optional<Work> take(std::vector<Work>& due);

    // Adds small files that wait right behind the one of an import that was just taken, so that
    // they share its transaction.
    void gather(Work& work, const Moment& now, const IsEarly& is_early);

    // Whether the upload of this slice, or the import of this file, is under way.
    bool is_running(const Uuid& id) const { return running_.contains(id); }

    // Takes the file and its slices out of `due`.
    static void drop(std::vector<Work>& due, FileId file);

    // What was held back is due when the catalog says so.
    void let_go(const Uuid& id) { held_.erase(id); }

    // `hold_until` is for a failure that the catalog could not be told: without it the work would
    // be due again at once.
    void finished(const Work& work, Milliseconds took, std::optional<SteadyTime> hold_until);

private:
    Result<std::vector<Work>> read(const Moment& now, const IsEarly& is_early);
    bool may_start(const Work& work) const;
    bool may_import(const Work& work) const;
    bool leaves_others_room(const TargetName& target) const;
    bool is_long(const Work& work) const;
    void count(const Work& work, int change);

    Stores stores_;
    Snapshots& snapshots_;
    const LifecycleEvents& events_;
    const int uploads_max_;  // running
    const int imports_max_;
    const int long_max_;    // that are long, of both kinds
    const int volume_max_;  // uploads from one volume

    struct OfTarget {
        int imports = 0;  // running
        int long_ones = 0;
    };

    int uploads_ = 0;  // running
    int imports_ = 0;
    std::map<TargetName, OfTarget> targets_;  // with running imports
    int long_ = 0;
    std::map<VolumeId, int> volumes_;                      // of running uploads
    std::unordered_map<Uuid, bool> running_;               // whether it counts as long
    std::unordered_set<SinkNumber> slow_;                  // whose last turn was long
    std::set<std::pair<TargetName, std::string>> places_;  // of running imports: bucket or table
    std::map<Uuid, SteadyTime> held_;
    SteadyTime list_after_ = SteadyTime::min();            // the catalog failed; not before this
    std::unordered_map<SinkNumber, std::uint64_t> turns_;  // when each sink was last served
    std::uint64_t turn_ = 0;
};

}  // namespace millrace::lifecycle
