#include "core/model/table_id.h"

#include <algorithm>

namespace millrace {
namespace {

constexpr std::size_t kPartLengthMax = 96;

bool is_part(std::string_view text) {
    return !text.empty() && text.size() <= kPartLengthMax &&
           std::all_of(text.begin(), text.end(), [](char c) {
               return (c >= 'a' && c <= 'z') || (c >= 'A' && c <= 'Z') || (c >= '0' && c <= '9') ||
                      c == '_' || c == '-';
           });
}

}  // namespace

Result<TableId> TableId::parse(std::string_view text) {
    const auto stage = text.find(".c-");
    const auto dot = text.rfind('.');
    const bool good = (text.starts_with("in.c-") || text.starts_with("out.c-")) && dot > stage &&
                      is_part(text.substr(stage + 3, dot - stage - 3)) &&
                      is_part(text.substr(dot + 1));
    if (!good) {
        return Error(
            Code::invalid,
            fmt::format(
                "Invalid \"tableId\" value \"{}\": expected \"in.c-<bucket>.<table>\" or "
                "\"out.c-<bucket>.<table>\" with names of 1 to {} letters, digits, \"_\" or "
                "\"-\".",
                text.substr(0, 200), kPartLengthMax));
    }
    TableId id;
    id.text_ = text;
    id.dot_ = dot;
    return id;
}

}  // namespace millrace
