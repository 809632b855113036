#include "core/model/outcome.h"

namespace millrace {

void Outcome::refuse_kept() {
    accepted -= kept;
    kept = 0;
    for (auto& sink : sinks) {
        if (sink.kept == 0) continue;
        sink.accepted -= sink.kept;
        sink.rejected = records - sink.accepted;
        sink.kept = 0;
        sink.refused = true;
        sink.is_full = true;
    }
}

}  // namespace millrace
