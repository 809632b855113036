#pragma once
// SendInput: the file that is sent, or what comes by standard input.

#include <cstdint>
#include <string>

#include "core/base/result.h"

namespace millrace::cli {

class SendInput {
public:
    // "-" is standard input.
    // Errors  not_found: it cannot be read; the text has the path and the cause
    static Result<SendInput> open(const std::string& path);

    ~SendInput();
    SendInput(SendInput&& other) noexcept;
    SendInput(const SendInput&) = delete;
    SendInput& operator=(const SendInput&) = delete;
    SendInput& operator=(SendInput&&) = delete;

    int descriptor() const { return descriptor_; }
    const std::string& path() const { return path_; }
    // Of a file; 0: it is not known.
    std::uint64_t bytes() const;

private:
    SendInput(int descriptor, std::string path) : descriptor_(descriptor), path_(std::move(path)) {}

    int descriptor_;
    std::string path_;
};

}  // namespace millrace::cli
