#pragma once
// SimDisk is a Disk in memory that fails as real ones may, and worse. One seed decides everything.
//
// The failure model. Each sentence is a test in tests/unit/sim/sim_disk_test.cc.
//
// Bytes
//   B1  What sync_data() covered before the power went is there afterwards: bytes and size.
//   B2  Of what was written since, any subset survives, in sectors of 512 bytes. The order of the
//       writes says nothing, neither within a file nor between files. A sector is never torn
//       itself.
//   B3  A sector that was written several times may survive in an older one of its states.
//   B4  A sector that does not survive holds its old bytes; where the file was extended it holds
//       zeros or garbage, beginning in the middle of a sector if the old end was there.
//   B5  The size is one of those the file had since its last sync, or a multiple of 512 between;
//       sizes and bytes survive independently of each other.
//   B6  A failed sync_data() returns unknown_outcome. Any subset of the unsynced sectors has
//       reached the platter; the others are dropped: reads still show them, but they count as
//       clean, so that the next sync_data() succeeds without them and they are gone at power loss.
//       The size is not dropped: a later sync_data() makes it durable, over zeros and garbage.
// Names
//   N1  A created, renamed or removed name is durable by sync_directory() of its directory and by
//       nothing else; sync_data() of a new file does not keep its name.
//   N2  Of the changes of names since, any subset survives.
//   N3  A rename within a directory is atomic: after a power loss either it has happened or not,
//       and the name that it replaced is never missing.
//   N4  A rename into another directory is durable by sync_directory() of the new one; the old name
//       goes by sync_directory() of the old one. Until both, the file may have both names; it never
//       has none.
//   N5  A failed sync_directory() returns unknown_outcome. Each of the changes it covers either is
//       durable or is dropped: visible now, kept by no later sync_directory(), gone at power loss.
//   N6  make_directories() is durable when it returns ok. When it fails, nothing has happened
//       (unavailable), or the directories are there and not durable (unknown_outcome).
// Faults on demand
//   F1  `fail_at` = n makes the n-th operation (from 0) fail once: a write, after a part of it or
//       none; a sync, as in B6 and N5; the others do not happen and return unavailable. Every call
//       of Disk and DiskFile is an operation, also after lose_power().
//   F2  With `fail_forever` nothing happens any more after that: syncs return unknown_outcome, all
//       else unavailable.
//   F3  A file system of `capacity_bytes` is full when the sizes of all files add up to it: writes
//       and truncate() beyond that return unavailable, a write after a part of it or none.
//   F4  flip_bit() changes one bit of a byte, for reads as well as on the platter.
//   F5  lose_power() invalidates all open files and directories: every call of theirs returns
//       unavailable.
//   F6  refuse_opens() lets open(), open_directory(), list() and sync_directory() by path fail for
//       a while, counted by such calls, as without a descriptor: unavailable, named kNoDescriptors,
//       and nothing happens.
//   F7  With `copy_on_write` a write needs room for all its bytes also where the file has them
//       already; it gives that room back when it is done.
//
// Paths are absolute or relative, which is the same here; the root is there from the beginning.
// remove() takes an empty directory too, as PosixDisk does. What is open may be renamed and
// removed; it stays readable and writable.
//
// Lifetime  files die before their disk.
// Thread    any; operations exclude each other.

#include <cstdint>
#include <functional>
#include <limits>
#include <memory>
#include <mutex>
#include <string>
#include <vector>

#include "core/ports/disk.h"
#include "tests/sim/sim_faults.h"

namespace millrace::sim {

class SimDisk : public Disk {
public:
    static constexpr std::uint64_t kUnlimited = std::numeric_limits<std::uint64_t>::max();

    struct Options {
        std::uint64_t seed = 0;
        std::int64_t fail_at = -1;  // the number of the operation, from 0; -1: none
        bool fail_forever = false;
        std::uint64_t capacity_bytes = kUnlimited;
        bool copy_on_write = false;
    };

    explicit SimDisk(Options options);
    ~SimDisk() override;

    Result<std::unique_ptr<DiskFile>> open(const std::string& path, Open mode) override;
    Result<void> rename(const std::string& from, const std::string& to) override;
    Result<void> remove(const std::string& path) override;
    Result<void> make_directories(const std::string& path) override;
    Result<std::unique_ptr<DiskDirectory>> open_directory(const std::string& path) override;
    Result<void> sync_directory(const std::string& path) override;
    Result<std::vector<std::string>> list(const std::string& path) override;
    Result<std::uint64_t> free_bytes(const std::string& path) override;

    // `others` is called before every operation but its own, so that other threads, of which the
    // simulation has one, can come between two operations. Null: nobody does. On one thread only.
    void before_each(std::function<void()> others);

    // Keeps what the model above lets survive, and nothing else. The disk can be used again at
    // once.
    void lose_power();

    // From the next operation on; numbers go on from operations(). -1 ends all failing.
    void fail_at(std::int64_t operation, bool forever = false);
    void set_capacity(std::uint64_t bytes);
    // The open with number `from`, counted from opens(), and the `count` - 1 after it.
    void refuse_opens(std::uint64_t from, std::uint64_t count);
    std::uint64_t opens() const;                                   // so far, refused ones too
    void flip_bit(const std::string& path, std::uint64_t offset);  // check: there is such a byte

    bool fault_fired() const;          // by fail_at
    std::uint64_t operations() const;  // so far, failed ones too
    FaultCounts faults() const;

private:
    class File;
    class Directory;
    struct Node;
    struct State;

    const std::unique_ptr<State> state_;
};

}  // namespace millrace::sim
