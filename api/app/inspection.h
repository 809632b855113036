#pragma once
// Inspection: what `millrace inspect` found, as one document that is shown as text or as JSON.

#include <cstdint>
#include <nlohmann/json.hpp>
#include <string>

namespace millrace {

struct Inspection {
    nlohmann::ordered_json found = nlohmann::ordered_json::object();
    std::uint64_t faults =
        0;  // what is damaged or missing; the exit code says whether there is one
};

// "name: value", a list of objects as a table; ends without a newline.
std::string render_text(const nlohmann::ordered_json& document);

}  // namespace millrace
