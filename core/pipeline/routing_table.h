#pragma once
// RoutingTable: the sources that one ingest loop serves, by the first two parts of their URL.
//
// Each loop owns a table of pointers and is told of every change, so finding a route takes no lock
// and a change costs one entry, however many sources there are.
//
// Thread  its loop's.

#include <boost/unordered/unordered_flat_map.hpp>
#include <cstddef>
#include <cstdint>
#include <functional>
#include <memory>
#include <string_view>

#include "core/pipeline/source_route.h"

namespace millrace::pipeline {

class RoutingTable {
public:
    // Serves `route` from now on, or nothing where it is null.
    void set(const SourceAddress& address, std::shared_ptr<const SourceRoute> route);

    // Null if there is none. The pointer is valid until the next set().
    const std::shared_ptr<const SourceRoute>* find(ProjectId project,
                                                   std::string_view source) const;

    std::size_t size() const { return routes_.size(); }

private:
    struct View {
        ProjectId project;
        std::string_view source;
    };
    static View view(const SourceAddress& address) {
        return {address.project, address.source.value};
    }
    static const View& view(const View& view) { return view; }

    struct Hash {
        using is_transparent = void;
        template <typename Key>
        std::size_t operator()(const Key& key) const {
            const auto parts = view(key);
            return std::hash<std::string_view>()(parts.source) + parts.project.value * 1000003U;
        }
    };
    struct Equal {
        using is_transparent = void;
        template <typename A, typename B>
        bool operator()(const A& a, const B& b) const {
            const auto left = view(a);
            const auto right = view(b);
            return left.project == right.project && left.source == right.source;
        }
    };

    // Flat: a lookup in a table of thousands waits for memory, and this one waits once or twice.
    boost::unordered_flat_map<SourceAddress, std::shared_ptr<const SourceRoute>, Hash, Equal>
        routes_;
};

}  // namespace millrace::pipeline
