#pragma once
// Progress: a page of memory that a worker shares with the service, so that what outlives an
// evaluation knows which one it was.
//
// Lifetime  the page lives as long as one process has it mapped.
// Thread    any; one process of the worker writes at a time.

#include <atomic>
#include <cstdint>
#include <optional>

#include "core/base/result.h"

namespace millrace::templates {

class Progress {
public:
    // A new page.
    // Errors  unavailable
    static Result<Progress> create();
    // The page behind a descriptor, which is closed.
    // Errors  unavailable
    static Result<Progress> attach(int descriptor);

    Progress(Progress&& other) noexcept;
    Progress& operator=(Progress&&) = delete;
    ~Progress();

    // To be inherited by the worker; closed by forget_descriptor().
    int descriptor() const { return descriptor_; }
    void forget_descriptor();

    // The index of the item that is evaluated now, in its batch; nothing between evaluations.
    std::optional<std::uint32_t> item() const {
        const auto item = page_->item.load();
        return item == kNone ? std::nullopt : std::optional(item);
    }
    // Changes with every item.
    std::uint32_t beats() const { return page_->beats.load(); }

    void begin(std::uint32_t item) const {
        page_->beats.fetch_add(1);
        page_->item.store(item);
    }
    void end() const { page_->item.store(kNone); }

private:
    static constexpr std::uint32_t kNone = UINT32_MAX;

    struct Page {
        std::atomic<std::uint32_t> item;
        std::atomic<std::uint32_t> beats;
    };
    static_assert(std::atomic<std::uint32_t>::is_always_lock_free);

    Progress(Page* page, int descriptor) : page_(page), descriptor_(descriptor) {}

    Page* page_;
    int descriptor_;
};

}  // namespace millrace::templates
