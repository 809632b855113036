#pragma once
// Functions of SQLite of which one call can take long, in versions that end in time.
//
// SQLite looks at the clock between its steps, and a call is one step, however long it takes: LIKE
// and GLOB compare text times pattern, trim() text times characters, instr() and replace() text
// times what they look for, and printf() writes a character of %c as often as it is told to, also
// behind the longest value. These here refuse what would not end before the deadline, and return
// what SQLite's own return; LIKE tells upper from lower case.
//
// Thread  that of the connection.

#include <chrono>
#include <cstdint>
#include <memory>

#include "core/base/result.h"

struct sqlite3;

namespace millrace::sqlite {

class Deadline {
public:
    using Time = std::chrono::steady_clock;

    explicit Deadline(Time::time_point at) : at_(at) {}

    // Whether it is missed by now.
    bool look();
    // Whether there is time for so many comparisons of a character; missed if there is not.
    bool allows(std::uint64_t steps);
    bool is_missed() const { return is_missed_; }

private:
    const Time::time_point at_;
    bool is_missed_ = false;
};

// In place of SQLite's own, until the connection is closed. No value is longer than the connection
// allows now. A call that the deadline does not allow ends its statement with an error.
Result<void> add_watched_functions(sqlite3& connection, std::shared_ptr<Deadline> deadline);

}  // namespace millrace::sqlite
