#include "api/stream_load/load_rows.h"

#include <utility>

namespace millrace::stream_load {

LoadRows::LoadRows(const Clock& clock, Parts parts, std::function<Result<void>()> may_go_on)
    : clock_(clock), parts_(std::move(parts)), may_go_on_(std::move(may_go_on)) {
    parts_.reader->hand_over([this](const bulk::BulkReader::Rows& rows) { return write(rows); });
}

// What it takes beside writing is parsing.
template <typename Parse>
Result<void> LoadRows::timed(Parse parse) {
    const auto began = clock_.steady();
    const auto written = writing_;
    TRY(parse());
    parsing_ += clock_.steady() - began - (writing_ - written);
    return {};
}

Result<void> LoadRows::feed(std::string_view bytes) {
    return timed([&] {
        return parts_.decoder->feed(bytes,
                                    [this](std::string_view plain) { return take_plain(plain); });
    });
}

Result<void> LoadRows::finish() {
    return timed([this]() -> Result<void> {
        TRY(parts_.decoder->finish([this](std::string_view plain) { return take_plain(plain); }));
        TRY(parts_.reader->finish());
        return write(parts_.reader->take());
    });
}

Result<void> LoadRows::take_plain(std::string_view plain) {
    TRY(may_go_on_());
    TRY(parts_.reader->feed(plain));
    return write(parts_.reader->take());
}

Result<void> LoadRows::write(const bulk::BulkReader::Rows& rows) {
    if (rows.rows == 0) return {};
    const auto began = clock_.steady();
    TRY(parts_.writer->append(rows.csv, rows.rows, clock_.wall()));
    writing_ += clock_.steady() - began;
    return {};
}

Result<void> LoadRows::write_out() {
    const auto& counts = parts_.reader->counts();
    const auto began = clock_.steady();
    auto written = parts_.writer->finish(counts.filtered, counts.unselected);
    writing_ += clock_.steady() - began;
    if (!written.ok()) return std::move(written).error();
    return {};
}

}  // namespace millrace::stream_load
