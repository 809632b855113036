"""Which lines of the service log at warn and error a fault of its life explains."""

import json

# event -> the faults that explain it; an empty set: any life. What is not here is not expected at all.
DISK = {"full_data", "full_volume"}
DESCRIPTORS = {"few_descriptors", "no_descriptors"}
EXPECTED = {
    "configuration": set(),  # variables of the shim begin as those of the service do
    "step_failed": {"locks"} | DISK | DESCRIPTORS,
    "task_failed": {"locks", "killed", "failed_sync", "has_failed", "volume_away"} | DISK | DESCRIPTORS,
    "disk_full": {"full_data", "full_volume"},
    "volume_full": DISK,
    "few_descriptors": DESCRIPTORS,
    "volume_failed": {"failed_sync"},
    "volume_is_failed": {"has_failed"},
    "volume_missing": {"volume_away"},
    "slice_write_failed": DISK | DESCRIPTORS | {"failed_sync"},
    "checkpoint_failed": DISK | DESCRIPTORS | {"failed_sync"},
    "no_checkpoint": DISK | DESCRIPTORS | {"failed_sync", "has_failed"},
    "rejects_not_kept": DISK | DESCRIPTORS,
    "template_worker_lost": DESCRIPTORS,
    "api_request_failed": DISK | DESCRIPTORS | {"failed_sync", "has_failed", "volume_away"},
    "api_listener_failed": DESCRIPTORS,
    "task_result_not_saved": DISK | DESCRIPTORS,
    "not_cleaned_up": DISK | DESCRIPTORS,
    "slice_not_removed": DISK | DESCRIPTORS,
    "strays_not_removed": DISK | DESCRIPTORS,
}

# What a life began may end in the next one.
CARRIED_OVER = {"step_failed", "task_failed"}


class LogCheck:
    """Reads what a life has written to the log."""

    def __init__(self, path, counts):
        self.path = path
        self.counts = counts  # event -> how often, of warn and error
        self.at = 0
        self.faults_before = set()

    def read(self, faults):
        """Returns event -> (how often, the first line) of what nothing explains."""
        unexplained = {}
        with open(self.path, "rb") as log:
            log.seek(self.at)
            for raw in log:
                event = self._event_of(raw.decode("utf-8", "replace").strip())
                if event is None:
                    continue
                self.counts[event] += 1
                if not self._is_explained(event, faults):
                    count, first = unexplained.get(event, (0, raw.decode("utf-8", "replace").strip()))
                    unexplained[event] = count + 1, first
            self.at = log.tell()
        self.faults_before = faults
        return unexplained

    def _is_explained(self, event, faults):
        if event not in EXPECTED:
            return False
        explaining = faults | self.faults_before if event in CARRIED_OVER else faults
        return not EXPECTED[event] or bool(EXPECTED[event] & explaining)

    def _event_of(self, line):
        """None for lines that say that all is well."""
        if not line:
            return None
        try:
            told = json.loads(line)
        except ValueError:
            return "a line that is no JSON"
        return told.get("event") if told.get("level") in ("warning", "warn", "error", "critical") else None
