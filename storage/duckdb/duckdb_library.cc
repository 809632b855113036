#include "storage/duckdb/duckdb_library.h"

#include <dlfcn.h>
#include <fmt/format.h>
#include <unistd.h>

#include <algorithm>

namespace millrace::duckdb {
namespace {

// Looks functions up until one is missing.
class Symbols {
public:
    explicit Symbols(void* library) : library_(library) {}

    template <typename Function>
    void find(const char* name, Function*& function) {
        const auto symbol = std::string("duckdb_") + name;
        function = reinterpret_cast<Function*>(::dlsym(library_, symbol.c_str()));
        if (function == nullptr && missing_.empty()) missing_ = symbol;
    }

    const std::string& missing() const { return missing_; }

private:
    void* const library_;
    std::string missing_;
};

std::string find_all(void* library, DuckDbCalls& calls) {
    Symbols symbols(library);
    symbols.find("library_version", calls.library_version);
    symbols.find("create_config", calls.create_config);
    symbols.find("set_config", calls.set_config);
    symbols.find("destroy_config", calls.destroy_config);
    symbols.find("open_ext", calls.open_ext);
    symbols.find("close", calls.close);
    symbols.find("connect", calls.connect);
    symbols.find("disconnect", calls.disconnect);
    symbols.find("query", calls.query);
    symbols.find("prepare", calls.prepare);
    symbols.find("prepare_error", calls.prepare_error);
    symbols.find("destroy_prepare", calls.destroy_prepare);
    symbols.find("execute_prepared_streaming", calls.execute_prepared_streaming);
    symbols.find("result_error", calls.result_error);
    symbols.find("destroy_result", calls.destroy_result);
    symbols.find("fetch_chunk", calls.fetch_chunk);
    symbols.find("data_chunk_get_size", calls.data_chunk_get_size);
    symbols.find("data_chunk_get_vector", calls.data_chunk_get_vector);
    symbols.find("vector_get_data", calls.vector_get_data);
    symbols.find("vector_get_validity", calls.vector_get_validity);
    symbols.find("destroy_data_chunk", calls.destroy_data_chunk);
    symbols.find("free", calls.free);
    return symbols.missing();
}

}  // namespace

Result<std::unique_ptr<DuckDbLibrary>> DuckDbLibrary::load(const std::vector<std::string>& paths) {
    const auto path = std::find_if(paths.begin(), paths.end(), [](const std::string& candidate) {
        return ::access(candidate.c_str(), F_OK) == 0;
    });
    if (path == paths.end()) return Error(Code::not_found, "libduckdb.so is not there");
    // Its names are seen by nobody else. It is never closed: its threads and allocators stay.
    auto* const library = ::dlopen(path->c_str(), RTLD_NOW | RTLD_LOCAL | RTLD_NODELETE);
    if (library == nullptr) {
        const char* const problem = ::dlerror();
        return Error(Code::unavailable,
                     fmt::format("load {}: {}", *path, problem == nullptr ? "?" : problem));
    }
    std::unique_ptr<DuckDbLibrary> loaded(new DuckDbLibrary());
    if (const auto missing = find_all(library, loaded->calls_); !missing.empty()) {
        return Error(Code::unavailable, fmt::format("load {}: it has no {}()", *path, missing));
    }
    return loaded;
}

}  // namespace millrace::duckdb
