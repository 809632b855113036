#include <array>

#include "core/otlp/flat_writer.h"

namespace millrace::otlp {
namespace {

constexpr std::array<std::string_view, 3> kTemporalities = {"Unspecified", "Delta", "Cumulative"};

// The member of Metric.data that is set, by its number.
enum class Type : std::uint32_t {
    gauge = 5,
    sum = 7,
    histogram = 9,
    exponential_histogram = 10,
    summary = 11,
};

struct Metric {
    std::string_view name;
    std::string_view description;
    std::string_view unit;
    Type type = Type::gauge;
    OneMessage data;
};

struct DataOptions {
    std::uint64_t temporality = 0;
    bool is_monotonic = false;
};

using OneReal = std::optional<double>;

// What the types of points have in common, wherever they have it.
struct Point {
    std::uint64_t start_time = 0;
    std::uint64_t time = 0;
    std::uint64_t flags = 0;
    std::uint64_t count = 0;
    OneReal sum;
    OneReal min;
    OneReal max;
};

struct PointNumbers {  // of the fields of a point; 0: it has none
    std::uint32_t count = 0;
    std::uint32_t sum = 0;
    std::uint32_t min = 0;
    std::uint32_t max = 0;
    std::uint32_t flags = 0;
    std::uint32_t attributes = 0;
    std::uint32_t exemplars = 0;
};

constexpr PointNumbers kNumberPoint{.flags = 8, .attributes = 7, .exemplars = 5};
constexpr PointNumbers kHistogramPoint{
    .count = 4, .sum = 5, .min = 11, .max = 12, .flags = 10, .attributes = 9, .exemplars = 8};
constexpr PointNumbers kExponentialPoint{
    .count = 4, .sum = 5, .min = 12, .max = 13, .flags = 10, .attributes = 1, .exemplars = 11};
constexpr PointNumbers kSummaryPoint{.count = 4, .sum = 5, .flags = 8, .attributes = 7};

std::string_view name_of(Type type) {
    switch (type) {
        case Type::gauge:
            return "gauge";
        case Type::sum:
            return "sum";
        case Type::histogram:
            return "histogram";
        case Type::exponential_histogram:
            return "exponential_histogram";
        case Type::summary:
            return "summary";
    }
    return "";
}

Metric read_metric(std::string_view message, FlatWriter& writer) {
    Metric metric;
    WireReader reader(message, writer.fault);
    for (WireField field; reader.next(field);) {
        switch (field.number) {
            case 1:
                metric.name = reader.bytes(field);
                break;
            case 2:
                metric.description = reader.bytes(field);
                break;
            case 3:
                metric.unit = reader.bytes(field);
                break;
            case 5:
            case 7:
            case 9:
            case 10:
            case 11:
                writer.once(metric.data, reader, field);
                metric.type = static_cast<Type>(field.number);
                break;
            default:
                break;
        }
    }
    return metric;
}

DataOptions read_options(std::string_view data, Type type, FlatWriter& writer) {
    DataOptions options;
    if (type == Type::gauge || type == Type::summary) return options;
    WireReader reader(data, writer.fault);
    for (WireField field; reader.next(field);) {
        if (field.number == 2) options.temporality = reader.varint(field);
        if (field.number == 3 && type == Type::sum) options.is_monotonic = reader.varint(field) > 0;
    }
    return options;
}

// Reads the fields that the numbers tell; whatever else is there `other` is called with.
template <typename Other>
Point read_point(std::string_view message, const PointNumbers& numbers, FlatWriter& writer,
                 Other other) {
    Point point;
    WireReader reader(message, writer.fault);
    for (WireField field; reader.next(field);) {
        if (field.number == 2) {
            point.start_time = reader.fixed64(field);
        } else if (field.number == 3) {
            point.time = reader.fixed64(field);
        } else if (field.number == numbers.count) {
            point.count = reader.fixed64(field);
        } else if (field.number == numbers.sum) {
            point.sum = reader.real(field);
        } else if (field.number == numbers.min) {
            point.min = reader.real(field);
        } else if (field.number == numbers.max) {
            point.max = reader.real(field);
        } else if (field.number == numbers.flags) {
            point.flags = static_cast<std::uint32_t>(reader.varint(field));
        } else {
            other(reader, field);
        }
    }
    return point;
}

void begin_record(std::string_view message, const PointNumbers& numbers, const Point& point,
                  FlatWriter& writer) {
    writer.begin_record();
    writer.add(writer.head);
    writer.time(",\"start_timestamp\":", point.start_time);
    writer.time(",\"timestamp\":", point.time);
    writer.attributes(",\"attributes\":", message, numbers.attributes, kRecordDepth + 2);
}

void write_temporality(const DataOptions& options, FlatWriter& writer) {
    writer.name_of(",\"aggregation_temporality\":", options.temporality, kTemporalities);
}

void real_if_set(FlatWriter& writer, std::string_view name, const OneReal& value) {
    if (value) writer.real(name, *value);
}

// Of a point or an exemplar: which of the two it is, or neither.
struct Number {
    std::optional<std::int64_t> integer;
    OneReal real;

    void read_real(WireReader& reader, const WireField& field, WireFault& fault) {
        if (integer) fault.note("a value that is two values", reader.position());
        real = reader.real(field);
    }
    void read_integer(WireReader& reader, const WireField& field, WireFault& fault) {
        if (real) fault.note("a value that is two values", reader.position());
        integer = static_cast<std::int64_t>(reader.fixed64(field));
    }
    void write(std::string_view name, FlatWriter& writer) const {
        if (integer) return writer.number(name, *integer);
        if (real) return writer.real(name, *real);
        writer.null(name);
    }
};

bool has_field(std::string_view message, std::uint32_t number, FlatWriter& writer) {
    if (number == 0) return false;
    bool has = false;
    WireReader reader(message, writer.fault);
    for (WireField field; !has && reader.next(field);) has = field.number == number;
    return has;
}

void write_exemplar(std::string_view message, FlatWriter& writer) {
    std::uint64_t time = 0;
    std::string_view trace_id;
    std::string_view span_id;
    Number value;
    WireReader reader(message, writer.fault);
    for (WireField field; reader.next(field);) {
        if (field.number == 2) time = reader.fixed64(field);
        if (field.number == 3) value.read_real(reader, field, writer.fault);
        if (field.number == 4) span_id = reader.bytes(field);
        if (field.number == 5) trace_id = reader.bytes(field);
        if (field.number == 6) value.read_integer(reader, field, writer.fault);
    }
    writer.time("{\"timestamp\":", time);
    value.write(",\"value\":", writer);
    writer.id_if_set(",\"trace_id\":", trace_id);
    writer.id_if_set(",\"span_id\":", span_id);
    writer.attributes(",\"attributes\":", message, 7, kRecordDepth + 3);
    writer.raw('}');
}

void end_record(std::string_view message, const PointNumbers& numbers, const Point& point,
                FlatWriter& writer) {
    if (has_field(message, numbers.exemplars, writer)) {
        writer.member(",\"exemplars\":", [&](FlatWriter::StateId state) {
            write_objects(writer, message, numbers.exemplars, state, write_exemplar);
        });
    }
    writer.count_if_set(",\"flags\":", point.flags);
    writer.end_record();
}

void write_number_point(std::string_view message, Type type, const DataOptions& options,
                        FlatWriter& writer) {
    Number value;
    const auto point = read_point(message, kNumberPoint, writer, [&](auto& reader, auto& field) {
        if (field.number == 4) value.read_real(reader, field, writer.fault);
        if (field.number == 6) value.read_integer(reader, field, writer.fault);
    });
    begin_record(message, kNumberPoint, point, writer);
    value.write(",\"value\":", writer);
    if (type == Type::sum) {
        writer.boolean(",\"is_monotonic\":", options.is_monotonic);
        write_temporality(options, writer);
    }
    end_record(message, kNumberPoint, point, writer);
}

void write_totals(const Point& point, FlatWriter& writer) {
    writer.count(",\"count\":", point.count);
    real_if_set(writer, ",\"sum\":", point.sum);
    real_if_set(writer, ",\"min\":", point.min);
    real_if_set(writer, ",\"max\":", point.max);
}

// The values of the repeated field, as a list: `each(reader, field, add)` adds those of one.
template <typename Each>
void write_numbers(std::string_view message, std::uint32_t number, std::string_view name,
                   FlatWriter& writer, Each each) {
    writer.member(name, [&](FlatWriter::StateId state) {
        writer.list(state, [&](FlatList& items) {
            WireReader reader(message, writer.fault);
            for (WireField field; reader.next(field);) {
                if (field.number == number) each(reader, field, items);
            }
        });
    });
}

void write_histogram_point(std::string_view message, const DataOptions& options,
                           FlatWriter& writer) {
    const auto point = read_point(message, kHistogramPoint, writer, [](auto&, auto&) {});
    begin_record(message, kHistogramPoint, point, writer);
    write_totals(point, writer);
    write_numbers(message, 6, ",\"bucket_counts\":", writer, [&](auto& in, auto& f, auto& items) {
        in.each_fixed64(f, [&](std::uint64_t value) {
            items.add([&](FlatWriter::StateId) { writer.out.count(value); });
        });
    });
    write_numbers(message, 7, ",\"explicit_bounds\":", writer, [&](auto& in, auto& f, auto& items) {
        in.each_fixed64(f, [&](std::uint64_t value) {
            items.add(
                [&](FlatWriter::StateId) { writer.out.number(std::bit_cast<double>(value)); });
        });
    });
    write_temporality(options, writer);
    end_record(message, kHistogramPoint, point, writer);
}

void write_buckets(const OneMessage& message, std::string_view name, FlatWriter& writer) {
    if (!message) return;
    std::int32_t offset = 0;
    WireReader reader(*message, writer.fault);
    for (WireField field; reader.next(field);) {
        if (field.number == 1) offset = reader.sint32(field);
    }
    writer.member(name, [&](FlatWriter::StateId state) {
        writer.in_object(state, [&] {
            writer.number("{\"offset\":", offset);
            write_numbers(*message, 2, ",\"bucket_counts\":", writer,
                          [&](auto& in, auto& f, auto& items) {
                              in.each_varint(f, [&](std::uint64_t value) {
                                  items.add([&](FlatWriter::StateId) { writer.out.count(value); });
                              });
                          });
            writer.raw('}');
        });
    });
}

void write_exponential_point(std::string_view message, const DataOptions& options,
                             FlatWriter& writer) {
    std::int32_t scale = 0;
    std::uint64_t zero_count = 0;
    double zero_threshold = 0;
    OneMessage positive;
    OneMessage negative;
    const auto point =
        read_point(message, kExponentialPoint, writer, [&](auto& reader, auto& field) {
            if (field.number == 6) scale = reader.sint32(field);
            if (field.number == 7) zero_count = reader.fixed64(field);
            if (field.number == 8) writer.once(positive, reader, field);
            if (field.number == 9) writer.once(negative, reader, field);
            if (field.number == 14) zero_threshold = reader.real(field);
        });
    begin_record(message, kExponentialPoint, point, writer);
    write_totals(point, writer);
    writer.number(",\"scale\":", scale);
    writer.count(",\"zero_count\":", zero_count);
    write_temporality(options, writer);
    write_buckets(positive, ",\"positive\":", writer);
    write_buckets(negative, ",\"negative\":", writer);
    if (zero_threshold != 0) writer.real(",\"zero_threshold\":", zero_threshold);
    end_record(message, kExponentialPoint, point, writer);
}

void write_quantile(std::string_view message, FlatWriter& writer) {
    double quantile = 0;
    double value = 0;
    WireReader reader(message, writer.fault);
    for (WireField field; reader.next(field);) {
        if (field.number == 1) quantile = reader.real(field);
        if (field.number == 2) value = reader.real(field);
    }
    writer.real("{\"quantile\":", quantile);
    writer.real(",\"value\":", value);
    writer.raw('}');
}

void write_summary_point(std::string_view message, FlatWriter& writer) {
    const auto point = read_point(message, kSummaryPoint, writer, [](auto&, auto&) {});
    begin_record(message, kSummaryPoint, point, writer);
    writer.count(",\"count\":", point.count);
    writer.real(",\"sum\":", point.sum.value_or(0));
    writer.member(",\"quantile_values\":", [&](FlatWriter::StateId state) {
        write_objects(writer, message, 6, state, write_quantile);
    });
    end_record(message, kSummaryPoint, point, writer);
}

void set_head(const Metric& metric, FlatWriter& writer) {
    writer.share(writer.head, [&] {
        writer.text("{\"metric_name\":", metric.name);
        writer.text(",\"metric_description\":", metric.description);
        writer.text(",\"metric_unit\":", metric.unit);
        writer.text(",\"metric_type\":", name_of(metric.type));
        writer.add(writer.tail);
    });
}

// The points of a metric; one without data has none.
void write(std::string_view message, FlatWriter& writer) {
    const auto metric = read_metric(message, writer);
    if (!metric.data) return;
    const auto options = read_options(*metric.data, metric.type, writer);
    set_head(metric, writer);
    each_message(writer, *metric.data, 1, [&](std::string_view point) {
        switch (metric.type) {
            case Type::gauge:
            case Type::sum:
                return write_number_point(point, metric.type, options, writer);
            case Type::histogram:
                return write_histogram_point(point, options, writer);
            case Type::exponential_histogram:
                return write_exponential_point(point, options, writer);
            case Type::summary:
                return write_summary_point(point, writer);
        }
    });
}

}  // namespace

void flatten_metrics(FlatWriter& writer, std::string_view request) {
    each_scope(writer, request, [&](std::string_view scope) {
        each_message(writer, scope, 2, [&](std::string_view metric) { write(metric, writer); });
    });
}

}  // namespace millrace::otlp
