#include "api/webhooks/signed_text.h"

#include <fmt/format.h>

#include <algorithm>
#include <utility>

#include "core/base/shown_text.h"

namespace millrace::webhooks {
namespace {

constexpr std::size_t kShownMax = 60;

}  // namespace

Result<SignedText> SignedText::compile(std::string_view text) {
    static constexpr std::pair<std::string_view, Kind> kPlaceholders[] = {
        {"{body}", Kind::body}, {"{timestamp}", Kind::timestamp}, {"{id}", Kind::id},
        {"{url}", Kind::url},   {"{form}", Kind::form},
    };
    SignedText compiled;
    auto& pieces = compiled.pieces_;
    while (!text.empty()) {
        if (text.front() != '{') {
            const auto end = std::min(text.find('{'), text.size());
            pieces.push_back({.kind = Kind::literal, .literal = std::string(text.substr(0, end))});
            text.remove_prefix(end);
            continue;
        }
        const auto* const known = std::ranges::find_if(
            kPlaceholders, [&](const auto& one) { return text.starts_with(one.first); });
        if (known == std::end(kPlaceholders)) {
            const auto end = std::min(text.find('}'), text.size() - 1);
            return Error(Code::invalid, fmt::format("has the unknown placeholder \"{}\"; known "
                                                    "are {{body}}, {{timestamp}} and {{id}}",
                                                    shortened(text.substr(0, end + 1), kShownMax)));
        }
        pieces.push_back({.kind = known->second, .literal = {}});
        text.remove_prefix(known->first.size());
    }
    if (!compiled.has(Kind::body) && !compiled.has(Kind::form)) {
        return Error(Code::invalid, "must have {body}, or anybody could change the body");
    }
    if (pieces.size() > kPiecesMax) {
        return Error(Code::invalid, fmt::format("has more than {} pieces", kPiecesMax));
    }
    return compiled;
}

bool SignedText::has(Kind kind) const {
    return std::ranges::find(pieces_, kind, &Piece::kind) != pieces_.end();
}

std::span<const std::string_view> SignedText::pieces(
    const SignedParts& parts, std::span<std::string_view, kPiecesMax> room) const {
    std::size_t count = 0;
    for (const auto& piece : pieces_) {
        auto& text = room[count++];
        switch (piece.kind) {
            case Kind::literal:
                text = piece.literal;
                break;
            case Kind::body:
                text = parts.body;
                break;
            case Kind::timestamp:
                text = parts.timestamp;
                break;
            case Kind::id:
                text = parts.id;
                break;
            case Kind::url:
                text = parts.url;
                break;
            case Kind::form:
                text = parts.form;
                break;
        }
    }
    return room.first(count);
}

}  // namespace millrace::webhooks
