#pragma once
// The two documents of Pinot's guide for stream ingestion, word for word.
//
// They are in tests/data/pinot; tests run from the root of the source tree.

#include <fstream>
#include <sstream>
#include <string>

namespace millrace::pinot {

inline std::string document_file(const std::string& name) {
    std::ifstream file("tests/data/pinot/" + name);
    std::stringstream text;
    text << file.rdbuf();
    return text.str();
}

inline const std::string kTranscriptSchema = document_file("transcript-schema.json");
inline const std::string kTranscriptTable = document_file("transcript-table-realtime.json");

}  // namespace millrace::pinot
