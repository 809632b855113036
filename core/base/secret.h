#pragma once
// Secret is a text that cannot be logged by accident: only expose() gives it out.

#include <string>
#include <string_view>
#include <utility>

namespace millrace {

// Compares in time that depends on the lengths only.
bool constant_time_equal(std::string_view a, std::string_view b);

class Secret {
public:
    Secret() = default;
    explicit Secret(std::string text) : text_(std::move(text)) {}

    bool matches(std::string_view given) const { return constant_time_equal(text_, given); }
    const std::string& expose() const { return text_; }

private:
    std::string text_;
};

}  // namespace millrace
