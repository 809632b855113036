#include "storage/target/postgres/names.h"

#include <fmt/format.h>

#include "core/base/crc32c.h"

namespace millrace::postgres {
namespace {

constexpr std::string_view kReserved = "_millrace";
constexpr std::string_view kTombstonesPrefix = "_millrace_tombstones_";

Result<void> check_name(std::string_view noun, std::string_view name) {
    if (name.size() > kNameBytesMax) {
        return Error(Code::invalid,
                     fmt::format("the {} name \"{}\" has {} bytes, and PostgreSQL allows {}", noun,
                                 name, name.size(), kNameBytesMax));
    }
    if (name.empty() || name.starts_with(kReserved) || name.find('\0') != std::string_view::npos) {
        return Error(Code::invalid, fmt::format("the {} name \"{}\" cannot be used", noun, name));
    }
    return {};
}

// Of every table of PostgreSQL, whatever columns it has.
bool is_system_column(std::string_view name) {
    for (const auto* system : {"tableoid", "xmin", "cmin", "xmax", "cmax", "ctid"}) {
        if (name == system) return true;
    }
    return false;
}

}  // namespace

std::string quoted_name(std::string_view name) {
    std::string text = "\"";
    for (const char c : name) {
        if (c == '"') text.push_back(c);
        text.push_back(c);
    }
    return text + '"';
}

std::string qualified(std::string_view schema, std::string_view table) {
    return quoted_name(schema) + '.' + quoted_name(table);
}

std::string qualified(const TableId& table) {
    return qualified(table.bucket(), table.table());
}

std::string tombstones_of(const TableId& table) {
    const auto name = table.table();
    if (kTombstonesPrefix.size() + name.size() <= kNameBytesMax) {
        return fmt::format("{}{}", kTombstonesPrefix, name);
    }
    const auto sum = fmt::format("_{:08x}", crc32c(0, name));
    return fmt::format("{}{}{}", kTombstonesPrefix,
                       name.substr(0, kNameBytesMax - kTombstonesPrefix.size() - sum.size()), sum);
}

Result<void> check_table_name(const TableId& table) {
    TRY(check_name("schema", table.bucket()));
    return check_name("table", table.table());
}

Result<void> check_names(const TableSpec& table) {
    TRY(check_table_name(table.id));
    if (table.columns.size() > kColumnsMax) {
        return Error(Code::invalid,
                     fmt::format("the table \"{}\" has {} columns, and PostgreSQL allows {}",
                                 table.id.text(), table.columns.size(), kColumnsMax));
    }
    for (const auto& column : table.columns) {
        TRY(check_name("column", column.name));
        if (!is_system_column(column.name)) continue;
        return Error(Code::invalid,
                     fmt::format("the column name \"{}\" is one of PostgreSQL's own", column.name));
    }
    return {};
}

}  // namespace millrace::postgres
