#include "api/cli/top_view.h"

#include <fmt/format.h>

#include <vector>

#include "api/cli/readable.h"
#include "api/cli/terminal.h"
#include "api/cli/text_table.h"

namespace millrace::cli {
namespace {

using Names = std::initializer_list<std::string_view>;

double number_at(const Json& json, Names names) {
    const auto& found = member(json, names);
    return found.is_number() ? found.get<double>() : 0;
}

// Nothing is known yet of a time without seconds.
std::string rate_of(const Json& rates, std::string_view name) {
    if (count_at(rates, {"seconds"}) == 0) return "-";
    const auto& rate = member(rates, {name});
    if (!rate.is_number()) return "-";
    if (name == "bytesPerSecond") return readable_bytes(rate.get<double>());
    return readable_rate(rate.get<double>());
}

TextTable rates_of(const Json& overview) {
    static constexpr std::pair<const char*, std::string_view> kRates[] = {
        {"records/s", "recordsPerSecond"},
        {"rows/s", "rowsPerSecond"},
        {"bytes/s", "bytesPerSecond"},
        {"refused/s", "refusedPerSecond"},
        {"p99 ms", "answerP99Milliseconds"}};
    TextTable table{.heads = {"", "NOW", "HOUR"}, .rows = {}, .is_number = {false, true, true}};
    for (const auto& [label, name] : kRates) {
        table.rows.push_back({label, rate_of(member(overview, {"rates", "now"}), name),
                              rate_of(member(overview, {"rates", "hour"}), name)});
    }
    return table;
}

TextTable levels_of(const Json& overview) {
    static constexpr std::pair<const char*, std::string_view> kLevels[] = {
        {"local", "local"},
        {"staging", "staging"},
        {"set aside", "setAside"},
        {"rejects", "rejects"},
        {"table", "target"}};
    TextTable table{.heads = {"LEVEL", "ROWS", "BYTES", "OLDEST"},
                    .rows = {},
                    .is_number = {false, true, true, true}};
    const auto now = text_at(overview, {"at"});
    for (const auto& [label, name] : kLevels) {
        const auto& level = member(overview, {"levels", name});
        table.rows.push_back({label, grouped(count_at(level, {"rows"})),
                              readable_bytes(number_at(level, {"bytes"})),
                              readable_age(text_at(level, {"oldestAt"}), now)});
    }
    return table;
}

std::string free_of(const Json& volume) {
    if (!member(volume, {"freeBytes"}).is_number()) return "-";
    return fmt::format("{} of {}", readable_bytes(number_at(volume, {"freeBytes"})),
                       readable_bytes(number_at(volume, {"totalBytes"})));
}

TextTable volumes_of(const Json& overview) {
    TextTable table{.heads = {"VOLUME", "STATE", "FREE", "KEPT FREE"},
                    .rows = {},
                    .is_number = {false, false, true, true}};
    for (const auto& volume : member(overview, {"volumes"})) {
        const bool is_full = member(volume, {"isFull"}) == true;
        table.rows.push_back({text_at(volume, {"name"}),
                              is_full ? "full" : text_at(volume, {"standing"}), free_of(volume),
                              member(volume, {"reserveBytes"}).is_number()
                                  ? readable_bytes(number_at(volume, {"reserveBytes"}))
                                  : ""});
    }
    return table;
}

// "shop/orders", or the table of a load, or a volume, or a source.
std::string owner_of(const Json& failing) {
    if (const auto volume = text_at(failing, {"volume"}); !volume.empty()) return volume;
    const auto source = text_at(failing, {"sourceId"});
    if (source.empty()) return text_at(failing, {"tableId"});
    const auto sink = text_at(failing, {"sinkId"});
    return sink.empty() ? source : fmt::format("{}/{}", source, sink);
}

TextTable failing_of(const Json& overview) {
    TextTable table{.heads = {"FAILING", "WHAT", "WAITING", "SINCE", "TRIED", "REASON"},
                    .rows = {},
                    .is_number = {false, false, true, true, true, false}};
    const auto now = text_at(overview, {"at"});
    for (const auto& failing : member(overview, {"failing"})) {
        table.rows.push_back({owner_of(failing), text_at(failing, {"kind"}),
                              grouped(count_at(failing, {"waitingRows"})),
                              readable_age(text_at(failing, {"since"}), now),
                              text_at(failing, {"attempts"}), text_at(failing, {"reason"})});
    }
    return table;
}

std::string head_of(const Json& overview, const std::string& place) {
    return fmt::format(
        "Millrace {}, up {} ({})", text_at(overview, {"service", "version"}),
        readable_time(Milliseconds(
            1000 * static_cast<std::int64_t>(count_at(overview, {"service", "uptimeSeconds"})))),
        place);
}

std::string counts_of(const Json& overview) {
    const auto& counts = member(overview, {"counts"});
    auto text = fmt::format("{}, {}", counted(count_at(counts, {"sources"}), "source"),
                            counted(count_at(counts, {"sinks"}), "sink"));
    if (const auto disabled = count_at(counts, {"disabledSinks"}); disabled > 0) {
        text += fmt::format(" ({} disabled)", grouped(disabled));
    }
    if (const auto tasks = count_at(counts, {"tasksRunning"}); tasks > 0) {
        text += fmt::format(", {} under way", counted(tasks, "task"));
    }
    if (const auto loads = count_at(counts, {"loadsOpen"}) + count_at(counts, {"loadsWaiting"});
        loads > 0) {
        text += fmt::format(", {} under way", counted(loads, "load"));
    }
    return text;
}

std::vector<std::string> lines_of(const std::string& text) {
    std::vector<std::string> lines;
    for (std::string_view rest = text; !rest.empty();) {
        const auto end = std::min(rest.find('\n'), rest.size());
        lines.emplace_back(rest.substr(0, end));
        rest.remove_prefix(std::min(rest.size(), end + 1));
    }
    return lines;
}

}  // namespace

std::string top_screen(const Json& overview, const std::string& place, const ScreenSize& size) {
    const auto cut = [&](const std::string& line) {
        return (size.width == 0 ? line : cut_to(line, size.width)) + "\n";
    };
    auto text = cut(printable(head_of(overview, place)));
    text += cut(counts_of(overview));
    text += "\n" + render(rates_of(overview), size.width);
    text += "\n" + render(levels_of(overview), size.width);
    const auto failing = failing_of(overview);
    const auto all = count_at(overview, {"failingCount"});
    if (failing.rows.empty()) {
        text += "\nNothing fails.\n";
    } else {
        text += "\n" + render(failing, size.width);
        if (all > failing.rows.size()) {
            text += cut(fmt::format("… and {} more", grouped(all - failing.rows.size())));
        }
    }
    text += "\n" + render(volumes_of(overview), size.width);
    if (size.height == 0) return text;

    auto lines = lines_of(text);
    std::string shown;
    const bool fits = lines.size() <= size.height;
    const auto count = fits ? lines.size() : size.height - 1;
    for (std::size_t i = 0; i < count; ++i) shown += lines[i] + "\n";
    if (!fits) shown += cut(fmt::format("… {} more lines", lines.size() - count));
    return shown;
}

std::string top_line(const Json& overview) {
    const auto& now = member(overview, {"rates", "now"});
    const auto rows = [&](std::string_view level) {
        return count_at(overview, {"levels", level, "rows"});
    };
    std::string full;
    for (const auto& volume : member(overview, {"volumes"})) {
        if (member(volume, {"isFull"}) == true || text_at(volume, {"standing"}) != "serving") {
            full += (full.empty() ? "" : ",") + text_at(volume, {"name"});
        }
    }
    return fmt::format(
        "{} records/s={:.1f} rows/s={:.1f} bytes/s={:.0f} refused/s={:.1f} p99_ms={} local={} "
        "staging={} set_aside={} rejects={} failing={} volumes_not_serving={}\n",
        text_at(overview, {"at"}), number_at(now, {"recordsPerSecond"}),
        number_at(now, {"rowsPerSecond"}), number_at(now, {"bytesPerSecond"}),
        number_at(now, {"refusedPerSecond"}),
        member(now, {"answerP99Milliseconds"}).is_number()
            ? fmt::format("{:.1f}", number_at(now, {"answerP99Milliseconds"}))
            : "-",
        rows("local"), rows("staging"), rows("setAside"), rows("rejects"),
        count_at(overview, {"failingCount"}), full.empty() ? "-" : printable(full));
}

}  // namespace millrace::cli
