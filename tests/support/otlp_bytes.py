"""OTLP requests as bytes, without a library: protobuf field by field, and the same logs as JSON."""

import json
import struct


def varint(value):
    out = bytearray()
    while value >= 0x80:
        out.append(value & 0x7f | 0x80)
        value >>= 7
    out.append(value)
    return bytes(out)


def field(number, value):
    return varint(number << 3 | 2) + varint(len(value)) + value


def number(number_, value):
    return varint(number_ << 3) + varint(value & (1 << 64) - 1)


def fixed64(number_, value):
    return varint(number_ << 3 | 1) + struct.pack("<Q", value)


def real(number_, value):
    return varint(number_ << 3 | 1) + struct.pack("<d", value)


def any_value(value):
    if isinstance(value, bool):
        return number(2, int(value))
    if isinstance(value, int):
        return number(3, value)
    if isinstance(value, float):
        return real(4, value)
    return field(1, value.encode())


def attributes(number_, values):
    return b"".join(field(number_, field(1, key.encode()) + field(2, any_value(value))) for key, value in values.items())


def framed(records, resource=None, scope="test"):
    """A request of any signal: the frame of all three is the same."""
    return field(1, field(1, attributes(1, resource or {})) +
                 field(2, field(1, field(1, scope.encode())) + b"".join(field(2, record) for record in records)))


def log(time_ns, text, severity=9, values=None, trace=b""):
    return (fixed64(1, time_ns) + number(2, severity) + field(3, b"INFO") + field(5, any_value(text)) +
            attributes(6, values or {}) + (field(9, trace) if trace else b"") + fixed64(11, time_ns + 1))


def span(name, trace, span_id, start_ns, end_ns, values=None):
    return (field(1, trace) + field(2, span_id) + field(5, name.encode()) + number(6, 2) + fixed64(7, start_ns) +
            fixed64(8, end_ns) + attributes(9, values or {}) + field(15, number(3, 1)))


def gauge(name, time_ns, value, values=None):
    point = fixed64(3, time_ns) + real(4, value) + attributes(7, values or {})
    return field(1, name.encode()) + field(5, field(1, point))


def json_any(value):
    if isinstance(value, bool):
        return {"boolValue": value}
    if isinstance(value, int):
        return {"intValue": str(value)}
    if isinstance(value, float):
        return {"doubleValue": value}
    return {"stringValue": value}


def json_attributes(values):
    return [{"key": key, "value": json_any(value)} for key, value in values.items()]


def json_log(time_ns, text, severity=9, values=None):
    return {"timeUnixNano": str(time_ns), "observedTimeUnixNano": str(time_ns + 1), "severityNumber": severity,
            "severityText": "INFO", "body": json_any(text), "attributes": json_attributes(values or {})}


def json_logs(records, resource=None, scope="test"):
    return json.dumps({"resourceLogs": [{"resource": {"attributes": json_attributes(resource or {})},
                                         "scopeLogs": [{"scope": {"name": scope}, "logRecords": records}]}]}).encode()


def read_partial_success(body):
    """(rejected, message) of an answer as protobuf."""
    rejected, message = 0, ""
    if not body:
        return rejected, message
    inner, at = body[2:], 0
    while at < len(inner):
        tag = inner[at]
        at += 1
        value, shift = 0, 0
        while True:
            value |= (inner[at] & 0x7f) << shift
            shift += 7
            at += 1
            if inner[at - 1] < 0x80:
                break
        if tag == 0x08:
            rejected = value
        else:
            message = inner[at:at + value].decode()
            at += value
    return rejected, message
