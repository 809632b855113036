"""What the lives of a soak are: drawn from a seed, each kind as often as its weight, in a shuffled order."""

import random
from typing import NamedTuple

# kind -> how often in one deck. What each does is in soak.py and faults.py.
KINDS = {
    "kill": 2,              # SIGKILL under load
    "term": 2,              # SIGTERM under load
    "hangup": 1,            # SIGHUP under load
    "kill_in_start": 2,     # SIGKILL before it is ready
    "kill_in_phase": 1,     # SIGKILL at the n-th call of a phase, by the shim
    "clock": 2,             # the wall clock steps, by seconds to days, ahead and back
    "few_descriptors": 1,   # a low limit from the start, and idle connections that take what there is
    "no_descriptors": 1,    # all descriptors of the running process are used up, for seconds
    "full_volume": 1,       # the disk of the second volume fills, to below the reserve or to the last byte
    "full_data": 1,         # the disk of the data folder does
    "volume_away": 1,       # the second volume is not configured for this life
    "mistake": 1,           # a start with volumes that are mixed up, which has to be refused
    "failed_sync": 1,       # a sync of a journal fails; the next life has a volume that is FAILED
}
ENDS = {"kill": "kill", "term": "term", "hangup": "hangup", "kill_in_start": "kill",
        "kill_in_phase": "kill"}
PHASES = ["frame", "sync", "slice", "seal", "upload", "import", "catalog", "remove"]


class Life(NamedTuple):
    number: int
    kind: str
    end: str          # kill, term, hangup
    seconds: float    # under load
    has_locks: bool   # other programs lock target files and read them for long
    seed: int         # of everything else in it

    def __str__(self):
        return f"life {self.number} ({self.kind}, {self.seconds:.1f} s, {self.end}{', locks' if self.has_locks else ''})"


def lives(seed, seconds_min, seconds_max):
    """Without end; each deck has every kind."""
    rng = random.Random(seed)
    number = 0
    while True:
        deck = [kind for kind, count in KINDS.items() for _ in range(count)]
        rng.shuffle(deck)
        for kind in deck:
            number += 1
            yield Life(number, kind, ENDS.get(kind) or rng.choice(["kill", "kill", "term"]),
                       rng.uniform(seconds_min, seconds_max), rng.random() < 0.5, rng.getrandbits(32))
