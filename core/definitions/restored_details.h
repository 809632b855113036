#pragma once
// What a rollback makes of the details that only the kind of a source knows.
//
// Versions have no secrets, so what comes back may lack some: only the kind knows whether those of
// today belong to it.

#include <functional>
#include <string>

namespace millrace::definitions {

struct RestoredDetails {
    std::string details;
    std::string note;  // for the task's result: what is to be done before it works; empty: nothing
};

// The details of the version, and those of today with their secrets -> what the source gets. Empty:
// the version's, with the secrets of today.
using RestoreDetails =
    std::function<RestoredDetails(const std::string& then, const std::string& today)>;

}  // namespace millrace::definitions
