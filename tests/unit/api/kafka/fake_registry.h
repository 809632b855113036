#pragma once
// FakeRegistry: a registry of schemas in memory that answers what the test puts there, and can be
// away.
//
// Thread  any.

#include <map>
#include <memory>
#include <mutex>
#include <string>
#include <utility>

#include "core/ports/schema_registry.h"

namespace millrace::kafka {

class FakeRegistry final : public SchemaRegistries {
public:
    void put(const std::string& path, std::string answer) {
        const std::lock_guard lock(mutex_);
        answers_[path] = std::move(answer);
    }
    void set_away(bool is_away) {
        const std::lock_guard lock(mutex_);
        is_away_ = is_away;
    }
    int questions() const {
        const std::lock_guard lock(mutex_);
        return questions_;
    }

    std::unique_ptr<SchemaRegistry> open(const SchemaRegistrySettings&) override {
        return std::make_unique<One>(*this);
    }

private:
    class One final : public SchemaRegistry {
    public:
        explicit One(FakeRegistry& all) : all_(all) {}
        Result<std::string> get(const std::string& path) override {
            const std::lock_guard lock(all_.mutex_);
            ++all_.questions_;
            if (all_.is_away_) return Error(Code::unavailable, "the registry is away");
            const auto found = all_.answers_.find(path);
            if (found == all_.answers_.end()) return Error(Code::not_found, "no " + path);
            return found->second;
        }

    private:
        FakeRegistry& all_;
    };

    mutable std::mutex mutex_;
    std::map<std::string, std::string> answers_;
    bool is_away_ = false;
    int questions_ = 0;
};

}  // namespace millrace::kafka
