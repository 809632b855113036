#include "core/lifecycle/backends.h"

#include <fmt/format.h>

#include <string>

#include "core/base/shown_text.h"

namespace millrace::lifecycle {

Error unknown_backend(std::string_view noun, std::string_view error_name, std::string_view name,
                      const std::vector<std::string_view>& known) {
    constexpr std::size_t kShown = 60;
    auto text = fmt::format("there is no {} \"{}\"; ", noun, shortened(name, kShown));
    if (known.empty()) text += "none is configured";
    for (std::size_t i = 0; i < known.size(); ++i) {
        const auto* const before = i == 0 ? (known.size() == 1 ? "there is " : "there are ")
                                   : i + 1 == known.size() ? " and "
                                                           : ", ";
        text += fmt::format("{}\"{}\"", before, known[i]);
    }
    return Error(Code::invalid, std::move(text)).named(error_name);
}

}  // namespace millrace::lifecycle
