#include "storage/expressions/function_table.h"

#include <algorithm>
#include <unordered_map>

#include "storage/expressions/number_functions.h"
#include "storage/expressions/text_functions.h"
#include "storage/expressions/time_functions.h"

namespace millrace::expressions {
namespace {

constexpr std::size_t kArgumentsMax = 100;  // SQLite has 127

namespace fn = functions;
constexpr auto kText = ValueType::text;
constexpr auto kInteger = ValueType::integer;
constexpr auto kDouble = ValueType::float64;
constexpr auto kBoolean = ValueType::boolean;
constexpr auto kDate = ValueType::date;
constexpr auto kDatetime = ValueType::datetime;
constexpr auto kFirst = std::nullopt;

constexpr FunctionRule kFunctions[] = {
    // Texts.
    {"concat", "t*", kText, {"d_concat", fn::concat}},
    {"concat_ws", "tt*", kText, {"d_concat_ws", fn::concat_ws, false}},
    {"substring", "tn|n", kText, {"d_substring", fn::substring}},
    {"substr", "tn|n", kText, {"d_substring", fn::substring}},
    {"mid", "tn|n", kText, {"d_substring", fn::substring}},
    {"left", "tn", kText, {"d_left", fn::left}},
    {"strleft", "tn", kText, {"d_left", fn::left}},
    {"right", "tn", kText, {"d_right", fn::right}},
    {"strright", "tn", kText, {"d_right", fn::right}},
    {"upper", "t", kText, {"d_upper", fn::upper}},
    {"ucase", "t", kText, {"d_upper", fn::upper}},
    {"lower", "t", kText, {"d_lower", fn::lower}},
    {"lcase", "t", kText, {"d_lower", fn::lower}},
    {"trim", "t|t", kText, {"d_trim", fn::trim}},
    {"ltrim", "t|t", kText, {"d_ltrim", fn::ltrim}},
    {"rtrim", "t|t", kText, {"d_rtrim", fn::rtrim}},
    {"replace", "ttt", kText, {"d_replace", fn::replace}},
    {"length", "t", kInteger, {"d_length", fn::length}},
    {"char_length", "t", kInteger, {"d_char_length", fn::char_length}},
    {"character_length", "t", kInteger, {"d_char_length", fn::char_length}},
    {"instr", "tt", kInteger, {"d_instr", fn::instr}},
    {"locate", "tt|n", kInteger, {"d_locate", fn::locate}},
    {"lpad", "tnt", kText, {"d_lpad", fn::lpad}},
    {"rpad", "tnt", kText, {"d_rpad", fn::rpad}},
    {"reverse", "t", kText, {"d_reverse", fn::reverse}},
    {"repeat", "tn", kText, {"d_repeat", fn::repeat}},
    {"space", "n", kText, {"d_space", fn::space}},
    {"split_part", "ttn", kText, {"d_split_part", fn::split_part}},
    {"substring_index", "ttn", kText, {"d_substring_index", fn::substring_index}},
    {"starts_with", "tt", kBoolean, {"d_starts_with", fn::starts_with}},
    {"ends_with", "tt", kBoolean, {"d_ends_with", fn::ends_with}},
    {"ascii", "t", kInteger, {"d_ascii", fn::ascii}},
    {"md5", "t", kText, {"d_md5", fn::md5}},
    {"hex", "w", kText, {"d_hex", fn::hex}},
    {"unhex", "t", kText, {"d_unhex", fn::unhex}},
    // Numbers.
    {"abs", "v", kFirst, {"d_abs", fn::abs}},
    {"ceil", "v", kFirst, {"d_ceil", fn::ceil}},
    {"ceiling", "v", kFirst, {"d_ceil", fn::ceil}},
    {"floor", "v", kFirst, {"d_floor", fn::floor}},
    {"round", "v|n", kFirst, {"d_round", fn::round}},
    {"truncate", "v|n", kFirst, {"d_truncate", fn::truncate}},
    {"pmod", "vv", kDouble, {"d_pmod", fn::positive_remainder}},
    {"power", "nn", kDouble, {"d_pow", fn::pow}},
    {"pow", "nn", kDouble, {"d_pow", fn::pow}},
    {"sqrt", "n", kDouble, {"d_sqrt", fn::sqrt}},
    {"exp", "n", kDouble, {"d_exp", fn::exp}},
    {"ln", "n", kDouble, {"d_ln", fn::ln}},
    {"log", "n|n", kDouble, {"d_log", fn::log}},
    {"log2", "n", kDouble, {"d_log2", fn::log2}},
    {"log10", "n", kDouble, {"d_log10", fn::log10}},
    {"sign", "n", kInteger, {"d_sign", fn::sign}},
    // Days and times.
    {"date", "t", kDate, {"d_date", fn::to_date}},
    {"to_date", "t", kDate, {"d_date", fn::to_date}},
    {"year", "t", kInteger, {"d_year", fn::year}},
    {"quarter", "t", kInteger, {"d_quarter", fn::quarter}},
    {"month", "t", kInteger, {"d_month", fn::month}},
    {"day", "t", kInteger, {"d_day", fn::day}},
    {"dayofmonth", "t", kInteger, {"d_day", fn::day}},
    {"hour", "t", kInteger, {"d_hour", fn::hour}},
    {"minute", "t", kInteger, {"d_minute", fn::minute}},
    {"second", "t", kInteger, {"d_second", fn::second}},
    {"microsecond", "t", kInteger, {"d_microsecond", fn::microsecond}},
    {"dayofweek", "t", kInteger, {"d_dayofweek", fn::dayofweek}},
    {"weekday", "t", kInteger, {"d_weekday", fn::weekday}},
    {"dayofyear", "t", kInteger, {"d_dayofyear", fn::dayofyear}},
    {"week", "t|n", kInteger, {"d_week", fn::week}},
    {"weekofyear", "t", kInteger, {"d_weekofyear", fn::weekofyear}},
    {"yearweek", "t|n", kInteger, {"d_yearweek", fn::yearweek}},
    {"dayname", "t", kText, {"d_dayname", fn::dayname}},
    {"monthname", "t", kText, {"d_monthname", fn::monthname}},
    {"last_day", "t", kDate, {"d_last_day", fn::last_day}},
    {"to_days", "t", kInteger, {"d_to_days", fn::to_days}},
    {"from_days", "n", kDate, {"d_from_days", fn::from_days}},
    {"makedate", "nn", kDate, {"d_makedate", fn::makedate}},
    {"date_format", "tt", kText, {"d_date_format", fn::date_format}},
    {"str_to_date", "tt", kDatetime, {"d_str_to_date", fn::str_to_date}},
    {"from_unixtime", "n|t", kText, {"d_from_unixtime", fn::from_unixtime}},
    {"unix_timestamp", "t|t", kInteger, {"d_unix_timestamp", fn::unix_timestamp}},
    {"datediff", "tt", kInteger, {"d_datediff", fn::datediff}},
    {"date_trunc", "tt", kDatetime, {"d_date_trunc", fn::date_trunc}},
};

}  // namespace

std::size_t FunctionRule::count_min() const {
    return std::min(arguments.find_first_of("|*"), arguments.size());
}

std::size_t FunctionRule::count_max() const {
    if (arguments.ends_with('*')) return kArgumentsMax;
    return arguments.find('|') == std::string_view::npos ? arguments.size() : arguments.size() - 1;
}

char FunctionRule::form_of(std::size_t position) const {
    if (arguments.ends_with('*')) return arguments[std::min(position, arguments.size() - 2)];
    return arguments[position >= count_min() ? position + 1 : position];
}

const FunctionRule* find_function(std::string_view lower_case) {
    static const auto kByName = [] {
        std::unordered_map<std::string_view, const FunctionRule*> by_name;
        for (const auto& rule : kFunctions) by_name.emplace(rule.name, &rule);
        return by_name;
    }();
    const auto found = kByName.find(lower_case);
    return found == kByName.end() ? nullptr : found->second;
}

std::vector<std::string_view> function_names() {
    std::vector<std::string_view> names;
    for (const auto& rule : kFunctions) names.push_back(rule.name);
    return names;
}

}  // namespace millrace::expressions
