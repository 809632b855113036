#pragma once
// DocumentStore: documents of other products that clients have sent and get back as they are, as
// Pinot's schemas and tables.
//
// Thread   any; readers never wait for writers.
// Durable  every write is on disk when it returns.
// Errors   unavailable, unknown_outcome

#include <optional>
#include <string>
#include <vector>

#include "core/base/ids.h"
#include "core/base/result.h"

namespace millrace {

struct DocumentKey {
    ProjectId project;
    BranchId branch;
    std::string kind;  // "pinot.schema"
    std::string name;

    bool operator==(const DocumentKey&) const = default;
};

struct StoredDocument {
    DocumentKey key;
    std::string text;

    bool operator==(const StoredDocument&) const = default;
};

struct DocumentChange {
    std::vector<StoredDocument> saved;  // new, or in place of what is there
    std::vector<DocumentKey> removed;   // also if they are not there
};

class DocumentStore {
public:
    virtual ~DocumentStore() = default;

    virtual Result<std::optional<std::string>> find_document(const DocumentKey& key) = 0;
    // The names of a kind, ordered bytewise; the name in the key is ignored.
    virtual Result<std::vector<std::string>> document_names(const DocumentKey& kind) = 0;
    // All of it or nothing.
    virtual Result<void> change_documents(const DocumentChange& change) = 0;
};

}  // namespace millrace
