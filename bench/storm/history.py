"""What happened to every cameo, recorded by Postgres itself, and what it says about kills."""

from collections import defaultdict
from collections.abc import Iterable, Sequence
from dataclasses import dataclass, field
from datetime import datetime, timedelta
from itertools import pairwise

import asyncpg

# The port of the writer tells which worker it was.
RECORD = """
create table storm_history (
  n bigserial primary key, at timestamptz not null, port int, job text not null,
  status text not null, stage text not null, fence int not null, crashes int not null,
  lease_until timestamptz, due_at timestamptz
);
create function storm_record() returns trigger language plpgsql as $$ begin
  insert into storm_history (at, port, job, status, stage, fence, crashes, lease_until, due_at)
  values (clock_timestamp(), inet_client_port(), new.id, new.status, new.stage, new.fence,
          new.crashes, new.lease_until, new.due_at);
  return new;
end $$;
create trigger storm_record after insert or update on cameo_jobs
  for each row execute function storm_record();
"""
READ = """select at, port, job, status, stage, fence, crashes, lease_until, due_at
from storm_history order by n"""


@dataclass(frozen=True)
class Entry:
    """A cameo's row as it was after one change."""

    at: datetime
    port: int
    job: str
    status: str
    stage: str
    fence: int
    crashes: int
    lease_until: datetime | None
    due_at: datetime | None


@dataclass(frozen=True)
class Kill:
    """When a worker was killed, and the ports of its connections to Postgres."""

    at: datetime
    ports: frozenset[int]


@dataclass
class History:
    """Every change of every cameo, in order."""

    entries: Sequence[Entry]
    jobs: dict[str, list[Entry]] = field(init=False)

    def __post_init__(self) -> None:
        self.jobs = defaultdict(list)
        for entry in self.entries:
            self.jobs[entry.job].append(entry)

    def held(self, kill: Kill) -> list[Entry]:
        """Return the claims that a worker held when it was killed."""
        last = (before(entries, kill.at) for entries in self.jobs.values())
        return [e for e in last if e and e.lease_until and e.port in kill.ports]

    def taken_up(self, kills: Iterable[Kill]) -> list[float | None]:
        """Return after how many seconds each orphaned claim was another's; None: never."""
        return [self._until_claimed(held, kill.at) for kill in kills for held in self.held(kill)]

    def _until_claimed(self, held: Entry, since: datetime) -> float | None:
        later = (e.at for e in self.jobs[held.job] if e.at > since and e.fence > held.fence)
        return seconds(next(later, None), since)

    def next_claim(self, job: str, since: datetime) -> float | None:
        """Return after how many seconds a cameo was claimed, if it was."""
        entries = self.jobs[job]
        last = before(entries, since)
        return self._until_claimed(last, since) if last else None

    def waits(self) -> list[float]:
        """Return for how many seconds each step was due before a worker claimed it."""
        found = []
        for entries in self.jobs.values():
            for left, taken in pairwise(entries):
                if left.due_at and not left.lease_until and taken.fence > left.fence:
                    found.append(max(0.0, (taken.at - max(left.at, left.due_at)).total_seconds()))
        return found

    def moved_on(self, since: datetime) -> list[float | None]:
        """Return after how many seconds each cameo that was open then changed; None: never."""
        found = []
        for entries in self.jobs.values():
            last = before(entries, since)
            if last and last.status == "running":
                later = (e.at for e in entries if e.at > since)
                found.append(seconds(next(later, None), since))
        return found

    def repeated(self) -> int:
        """Return how many steps were begun again because their worker did not come back."""
        return sum(entry.crashes > 1 and bool(entry.lease_until) for entry in self._claims())

    def most_crashes(self) -> int:
        """Return how often at most one step lost its worker."""
        return max((entry.crashes - 1 for entry in self._claims()), default=0)

    def _claims(self) -> list[Entry]:
        pairs = [p for es in self.jobs.values() for p in pairwise(es)]
        return [new for old, new in pairs if new.fence > old.fence and new.lease_until]


def before(entries: Sequence[Entry], at: datetime) -> Entry | None:
    """Return the last entry that is not later."""
    return next((entry for entry in reversed(entries) if entry.at <= at), None)


def seconds(at: datetime | None, since: datetime) -> float | None:
    """Return how long after it was, if it was."""
    return (at - since) / timedelta(seconds=1) if at else None


async def read(rows: asyncpg.Pool) -> History:
    """Read what was recorded."""
    return History([Entry(*row.values()) for row in await rows.fetch(READ)])
