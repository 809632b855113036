#pragma once
// The pause of a Kafka source while `apply` makes its sinks, so that all of them begin at the same
// place.
//
// It is known by the description of the version that it makes: where apply fails behind it, the
// file that is applied again takes it back.
//
// See  definition_plan.h; docs/kafka.md

#include <string>

#include "api/cli/definition_plan.h"

namespace millrace::cli {

struct KafkaPause {
    bool can_hold = false;   // it is not paused, and is not to be
    bool is_to_end = false;  // it is paused, by apply or against the file
};

// `source` is null where it is made; of other kinds there is no pause.
KafkaPause kafka_pause_of(const WantedSource& wanted, const ActualSource* source);

// Before all else that is changed, as another topic would be read at once. A source that is made
// has no sinks, and reads nothing without.
void pause_for_sinks(PlannedChange& change, const std::string& path);

// What else is changed while it is paused keeps the pause known as that of apply.
void keep_known(PlannedChange& change);

// `description` is that of the version, if it has one.
void end_pause(PlannedChange& change, const std::string& path, const std::string& description);

}  // namespace millrace::cli
