#pragma once
// QueryText: what has to be known of a query before SQLite sees it, and what is spelt otherwise
// there. Nothing is parsed: SQLite refuses what is no query.
//
//     SET timeoutMs = 1000; SELECT distinctcount(a) FROM t_REALTIME;
//         -> "SELECT count(DISTINCT a) FROM t_REALTIME", names {distinctcount, a, t_REALTIME}
//
// Thread  any; pure.

#include <map>
#include <set>
#include <string>
#include <string_view>

namespace millrace::target {

struct QueryText {
    std::string sql;                             // the last statement, without its semicolon
    std::set<std::string> names;                 // identifiers in it, without quotes
    bool has_limit = false;                      // not counting what is in parentheses
    std::map<std::string, std::string> options;  // of SET statements, names in lower case

    // Whether a comment or a quoted text has no end.
    bool is_torn = false;
};

QueryText read_query(std::string_view text);

}  // namespace millrace::target
