#include "api/process.h"

#include <sys/stat.h>

namespace millrace {
namespace {

constexpr mode_t kNotForOthers = 0027;  // SQLite makes its files 0644 less this

}  // namespace

void prepare_process() {
    const auto given = ::umask(kNotForOthers);
    ::umask(given | kNotForOthers);
}

}  // namespace millrace
