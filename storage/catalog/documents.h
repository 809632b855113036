#pragma once
// Documents: the documents of clients in catalog.sqlite.

#include "core/ports/document_store.h"
#include "storage/catalog/connections.h"

namespace millrace::catalog {

class Documents : public DocumentStore {
public:
    explicit Documents(Connections& connections) : connections_(connections) {}

    Result<std::optional<std::string>> find_document(const DocumentKey& key) override;
    Result<std::vector<std::string>> document_names(const DocumentKey& kind) override;
    Result<void> change_documents(const DocumentChange& change) override;

private:
    Connections& connections_;
};

}  // namespace millrace::catalog
