#include "templates/number_texts.h"

#include <algorithm>
#include <bit>

#include "core/mapping/json_text.h"
#include "core/mapping/json_walk.h"
#include "core/mapping/jsonnet_text.h"

namespace millrace::templates {
namespace {

// Whether it surely is what Jsonnet prints: a whole number that a double holds.
bool is_plain(std::string_view text) {
    return text.size() <= 15 && text.find_first_not_of("0123456789") == std::string_view::npos;
}

bool begins_number(char c) {
    return c == '-' || (c >= '0' && c <= '9');
}

}  // namespace

void NumberTexts::clear() {
    texts_.clear();
    all_same_ = true;
}

void NumberTexts::add(std::string_view text, double number) {
    texts_.push_back({.bits = std::bit_cast<std::uint64_t>(number), .text = text});
    all_same_ = all_same_ && is_plain(text);
}

// Sorts by the double and keeps one of each: a body may have the same number very many times.
void NumberTexts::join_equal() {
    std::sort(texts_.begin(), texts_.end(),
              [](const Known& a, const Known& b) { return a.bits < b.bits; });
    std::size_t kept = 0;
    for (const auto& known : texts_) {
        if (kept == 0 || texts_[kept - 1].bits != known.bits) {
            texts_[kept++] = known;
        } else if (texts_[kept - 1].text != known.text) {
            texts_[kept - 1].text.reset();
        }
    }
    texts_.resize(kept);
}

// The text of the number that is printed so; `printed` where there is none or more than one.
std::string_view NumberTexts::text_of(std::string_view printed) const {
    const auto number = mapping::jsonnet_double(printed);
    if (!number) return printed;
    const auto bits = std::bit_cast<std::uint64_t>(*number);
    const auto found = std::lower_bound(
        texts_.begin(), texts_.end(), bits,
        [](const Known& known, std::uint64_t wanted) { return known.bits < wanted; });
    return found != texts_.end() && found->bits == bits ? found->text.value_or(printed) : printed;
}

// What the part of `json` from `at` on becomes, up to the next such part; empty for white space.
std::string_view NumberTexts::next_piece(std::string_view json, std::size_t& at) const {
    const auto rest = json.substr(at);
    if (rest.front() == '"') {
        const auto text = rest.substr(0, mapping::json_string_bytes(rest));
        at += text.size();
        return text;
    }
    if (begins_number(rest.front())) {
        const auto printed = rest.substr(0, rest.find_first_of(",]} \n"));
        at += printed.size();
        return text_of(printed);
    }
    ++at;
    return rest.front() == ' ' || rest.front() == '\n' ? std::string_view() : rest.substr(0, 1);
}

std::optional<std::string> NumberTexts::restored(std::string_view json, std::size_t bytes_max) {
    std::string out;
    if (all_same_ && json.size() <= bytes_max) {
        mapping::append_compact(out, json);
        return out;
    }
    join_equal();
    for (std::size_t at = 0; at < json.size();) {
        const auto piece = next_piece(json, at);
        if (piece.size() > bytes_max - out.size()) return std::nullopt;
        out.append(piece);
    }
    return out;
}

}  // namespace millrace::templates
