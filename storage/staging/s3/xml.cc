#include "storage/staging/s3/xml.h"

#include <fmt/format.h>

#include <algorithm>
#include <array>
#include <charconv>
#include <cstdint>
#include <utility>

namespace millrace::s3 {
namespace {

constexpr int kDepthMax = 16;
constexpr std::string_view kBlanks = " \t\r\n";

Error bad(std::string_view what) {
    return {Code::corrupt, fmt::format("the XML of the answer {}", what)};
}

void append_utf8(std::uint32_t point, std::string& text) {
    const auto add = [&](std::uint32_t byte) { text += static_cast<char>(byte); };
    const auto add_tail = [&](unsigned shift) { add(0x80 | ((point >> shift) & 0x3F)); };
    if (point < 0x80) {
        add(point);
    } else if (point < 0x800) {
        add(0xC0 | (point >> 6));
        add_tail(0);
    } else if (point < 0x10000) {
        add(0xE0 | (point >> 12));
        add_tail(6);
        add_tail(0);
    } else {
        add(0xF0 | (point >> 18));
        add_tail(12);
        add_tail(6);
        add_tail(0);
    }
}

// The name between "&" and ";".
bool append_entity(std::string_view name, std::string& text) {
    static constexpr std::array<std::pair<std::string_view, char>, 5> kNamed = {
        {{"amp", '&'}, {"lt", '<'}, {"gt", '>'}, {"quot", '"'}, {"apos", '\''}}};
    for (const auto& [known, character] : kNamed) {
        if (name == known) {
            text += character;
            return true;
        }
    }
    if (!name.starts_with('#')) return false;
    name.remove_prefix(1);
    const int base = name.starts_with('x') ? 16 : 10;
    if (base == 16) name.remove_prefix(1);
    std::uint32_t point = 0;
    const auto parsed = std::from_chars(name.data(), name.data() + name.size(), point, base);
    const bool is_whole = parsed.ec == std::errc() && parsed.ptr == name.data() + name.size();
    if (!is_whole || point == 0 || point > 0x10FFFF || (point >= 0xD800 && point < 0xE000)) {
        return false;
    }
    append_utf8(point, text);
    return true;
}

class Parser {
public:
    explicit Parser(std::string_view text) : rest_(text) {}

    Result<XmlElement> document() {
        if (rest_.starts_with("\xEF\xBB\xBF")) rest_.remove_prefix(3);
        TRY(pass_over());
        TRY_ASSIGN(auto root, element(1));
        TRY(pass_over());
        if (!rest_.empty()) return bad("goes on behind its end");
        return root;
    }

private:
    // Blanks, comments and declarations outside the root.
    Result<void> pass_over() {
        while (true) {
            const auto next = rest_.find_first_not_of(kBlanks);
            rest_.remove_prefix(std::min(next, rest_.size()));
            if (rest_.starts_with("<?")) {
                TRY(take_until("?>"));
            } else if (rest_.starts_with("<!--")) {
                TRY(take_until("-->"));
            } else {
                return {};
            }
        }
    }

    Result<std::string_view> take_until(std::string_view end) {
        const auto at = rest_.find(end);
        if (at == std::string_view::npos) return bad("is cut off");
        const auto taken = rest_.substr(0, at);
        rest_.remove_prefix(at + end.size());
        return taken;
    }

    // `<name attribute="value">` or `<name/>`. Returns whether something follows in it.
    Result<bool> begin_tag(std::string& name) {
        if (!rest_.starts_with('<')) return bad(rest_.empty() ? "is cut off" : "is none");
        rest_.remove_prefix(1);
        const auto end = rest_.find_first_of(" \t\r\n/>");
        if (end == std::string_view::npos) return bad("is cut off");
        auto given = rest_.substr(0, end);
        if (given.empty() || given.find_first_of("<!?&\"'=") != std::string_view::npos) {
            return bad("has something else than elements");
        }
        rest_.remove_prefix(end);
        const auto colon = given.rfind(':');
        name = given.substr(colon == std::string_view::npos ? 0 : colon + 1);
        char quote = '\0';  // in the value of an attribute
        for (std::size_t at = 0; at < rest_.size(); ++at) {
            const char c = rest_[at];
            if (quote != '\0') {
                if (c == quote) quote = '\0';
            } else if (c == '"' || c == '\'') {
                quote = c;
            } else if (c == '<') {
                return bad("has a tag in a tag");
            } else if (c == '>') {
                const bool is_empty = at > 0 && rest_[at - 1] == '/';
                rest_.remove_prefix(at + 1);
                return !is_empty;
            }
        }
        return bad("is cut off");
    }

    Result<XmlElement> element(int depth) {
        if (depth > kDepthMax) return bad("is nested too deep");
        XmlElement made;
        TRY_ASSIGN(const bool goes_on, begin_tag(made.name));
        if (!goes_on) return made;
        while (true) {
            TRY(text_into(made.text));
            if (rest_.starts_with("</")) break;
            if (rest_.starts_with("<!--")) {
                TRY(take_until("-->"));
            } else if (rest_.starts_with("<![CDATA[")) {
                rest_.remove_prefix(9);
                TRY_ASSIGN(const auto raw, take_until("]]>"));
                made.text += raw;
            } else {
                TRY_ASSIGN(auto child, element(depth + 1));
                made.children.push_back(std::move(child));
            }
        }
        rest_.remove_prefix(2);
        TRY_ASSIGN(auto closed, take_until(">"));
        const auto colon = closed.rfind(':');
        if (colon != std::string_view::npos) closed.remove_prefix(colon + 1);
        if (closed.substr(0, closed.find_last_not_of(kBlanks) + 1) != made.name) {
            return bad("closes another element than it has opened");
        }
        return made;
    }

    // Up to the next "<".
    Result<void> text_into(std::string& text) {
        const auto end = rest_.find('<');
        if (end == std::string_view::npos) return bad("is cut off");
        auto raw = rest_.substr(0, end);
        rest_.remove_prefix(end);
        while (true) {
            const auto entity = raw.find('&');
            text += raw.substr(0, entity);
            if (entity == std::string_view::npos) return {};
            raw.remove_prefix(entity + 1);
            const auto semicolon = raw.find(';');
            if (semicolon == std::string_view::npos ||
                !append_entity(raw.substr(0, semicolon), text)) {
                return bad("has an unknown entity");
            }
            raw.remove_prefix(semicolon + 1);
        }
    }

    std::string_view rest_;
};

}  // namespace

const XmlElement* XmlElement::child(std::string_view wanted) const {
    for (const auto& each : children) {
        if (each.name == wanted) return &each;
    }
    return nullptr;
}

std::string_view XmlElement::text_of(std::string_view wanted) const {
    const auto* const found = child(wanted);
    return found == nullptr ? std::string_view() : std::string_view(found->text);
}

Result<XmlElement> parse_xml(std::string_view text) {
    return Parser(text).document();
}

}  // namespace millrace::s3
