#pragma once
// Parameters of a URL's query: "id=7&name=a+b%21".

#include <optional>
#include <string>
#include <string_view>

namespace millrace::mapping {

// The value of the first parameter of that name, decoded as forms are: "+" is a space, "%21" a
// byte; a % that is no escape stays. It is in the query itself, or in `decoded` until that changes.
// Nothing where there is none.
std::optional<std::string_view> find_parameter(std::string_view query, std::string_view name,
                                               std::string& decoded);

}  // namespace millrace::mapping
