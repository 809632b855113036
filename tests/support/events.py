"""Events that are made from their number alone, so that every cell of every row can be made again and compared."""

import json

import millrace_client as mr

PIECES = ['"', '""', ",", "\n", "\r\n", "'", "é", "漢字", "🎉", "\\", "\t", " ", "plain", "\u2028", '"\n"', ";",
          "", "</x>", "{}", "[1]"]

EVENT_COLUMNS = [
    {"type": "uuid", "name": "row_id"},
    {"type": "datetime", "name": "at"},
    {"type": "ip", "name": "ip"},
    mr.path_column("id", "id"),
    mr.path_column("n", "n", raw=False),
    mr.path_column("name", "name"),
    mr.path_column("name_json", "name", raw=False),
    mr.path_column("deep", "deep", raw=False),
    mr.path_column("missing", "not.there[0]", defaultValue='d"efault'),
    {"type": "body", "name": "body"},
]


def _compact(value, ascii_only):
    return json.dumps(value, ensure_ascii=ascii_only, separators=(",", ":"))


class Event:
    """A record of a slot; `more` are further fields of it."""

    def __init__(self, number, slot, **more):
        ascii_only = number % 2 == 0
        text = "".join(PIECES[(number * 7 + i * 13) % len(PIECES)] for i in range(number % 12))
        if number % 97 == 0:
            text += "long " * 2000
        value = {"id": f"event-{number}", "n": number, "slot": f"slot-{slot}", "name": text,
                 "deep": {"list": [1.50, text[:20], {"none": None}], "yes": True}, **more}
        separators = (", ", ": ") if number % 3 == 0 else (",", ":")
        self.body = json.dumps(value, ensure_ascii=ascii_only, separators=separators)
        self.id = value["id"]
        self.slot = value["slot"]
        # What a table of EVENT_COLUMNS must hold after row_id, at and ip.
        self.cells = (value["id"], str(number), text, _compact(text, ascii_only),
                      _compact(value["deep"], ascii_only), 'd"efault', self.body)
