#include "storage/catalog/documents.h"

#include "storage/catalog/rows.h"

namespace millrace::catalog {

using sqlite::Database;
using sqlite::Row;

Result<std::optional<std::string>> Documents::find_document(const DocumentKey& key) {
    return connections_.read([&](Database& database) -> Result<std::optional<std::string>> {
        TRY_ASSIGN(auto query,
                   database.query("SELECT text FROM documents WHERE project = ?1"
                                  " AND branch = ?2 AND kind = ?3 AND name = ?4",
                                  key.project.value, key.branch.value, key.kind, key.name));
        TRY_ASSIGN(const bool found, query->step());
        if (!found) return std::optional<std::string>();
        return std::optional(query.row().text());
    });
}

Result<std::vector<std::string>> Documents::document_names(const DocumentKey& kind) {
    return connections_.read([&](Database& database) -> Result<std::vector<std::string>> {
        TRY_ASSIGN(auto query,
                   database.query("SELECT name FROM documents WHERE project = ?1 AND branch = ?2"
                                  " AND kind = ?3 ORDER BY name",
                                  kind.project.value, kind.branch.value, kind.kind));
        std::vector<std::string> names;
        while (true) {
            TRY_ASSIGN(const bool found, query->step());
            if (!found) return names;
            names.push_back(query.row().text());
        }
    });
}

Result<void> Documents::change_documents(const DocumentChange& change) {
    return connections_.write([&](Database& database) -> Result<void> {
        for (const auto& key : change.removed) {
            TRY(
                database.run("DELETE FROM documents WHERE project = ?1 AND branch = ?2"
                             " AND kind = ?3 AND name = ?4",
                             key.project.value, key.branch.value, key.kind, key.name));
        }
        for (const auto& [key, text] : change.saved) {
            TRY(
                database.run("INSERT OR REPLACE INTO documents (project, branch, kind, name, text)"
                             " VALUES (?1, ?2, ?3, ?4, ?5)",
                             key.project.value, key.branch.value, key.kind, key.name, text));
        }
        return {};
    });
}

}  // namespace millrace::catalog
