"""Subjects and their history: who is in operation at a cutoff, and declared against found.

A roster batch is a snapshot of one side (declared or found) of one kind of subject for one period. The
newest snapshot says what is in operation; older ones are kept as history, so nothing is ever deleted.
"""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass
from datetime import date, datetime

import pandas as pd

from tongbao.feeds import ROSTER, Kind, Status
from tongbao.period import SHANGHAI, Period

_SUBJECT = ["subject_id", "kind", "platform", "name", "sponsor"]
RECONCILED = [*_SUBJECT, "note", "other_id", "field", "declared_value", "found_value"]
"""Columns of every reconciliation table; the last four are empty where they do not apply."""


@dataclass(frozen=True)
class RosterBatch:
    """One accepted roster batch: rows with the columns of ``feeds.ROSTER``."""

    period: Period
    batch_id: str
    rows: pd.DataFrame


@dataclass(frozen=True)
class RosterAsOf:
    """The roster as it stood at a cutoff; frames have the columns of ``feeds.ROSTER``.

    ``operating``: declared and found subjects in operation. ``closed``: those the newest snapshot says are
    closed, cancelled or migrated. ``pending``: opened or filed only after the cutoff. ``unlisted``: in an
    older snapshot but not in the newest of their side, which a person must explain.
    """

    operating: pd.DataFrame
    closed: pd.DataFrame
    pending: pd.DataFrame
    unlisted: pd.DataFrame

    @property
    def declared(self) -> pd.DataFrame:
        return self.operating[self.operating["declared"]]

    @property
    def found(self) -> pd.DataFrame:
        return self.operating[~self.operating["declared"]]


def as_of(batches: Sequence[RosterBatch], cutoff: datetime) -> RosterAsOf:
    """Read the roster as of an instant from all snapshots known by then, in order of period and delivery."""
    everything = _stack(batches)
    newest = everything.groupby(["declared", "kind"])["snapshot"].transform("max") == everything["snapshot"]
    current = everything[newest].drop_duplicates(["subject_id", "declared"], keep="last")
    earlier = everything[~newest].drop_duplicates(["subject_id", "declared"], keep="last")
    listed = pd.MultiIndex.from_frame(current[["subject_id", "declared"]])
    unlisted = earlier[~pd.MultiIndex.from_frame(earlier[["subject_id", "declared"]]).isin(listed)]

    day = cutoff.astimezone(SHANGHAI).date()
    pending = _on_or_after(current["opened_on"], day) | (current["declared"] & _on_or_after(current["filed_on"], day))
    # A closing on or after the cutoff had not happened yet, whatever the status says today.
    closed = (current["status"] != Status.OPERATING) & ~_on_or_after(current["closed_on"], day)
    closed |= current["closed_on"].notna() & ~_on_or_after(current["closed_on"], day)
    still_there = unlisted["status"] == Status.OPERATING
    return RosterAsOf(
        operating=_rows(current[~pending & ~closed]),
        closed=_rows(current[closed & ~pending]),
        pending=_rows(current[pending]),
        unlisted=_rows(unlisted[still_there]),
    )


def history(batches: Sequence[RosterBatch]) -> pd.DataFrame:
    """Tell every change of every subject: subject_id, declared, period, event, field, before, after, batch.

    Events: ``listed`` (first seen), ``changed`` (one row a field), ``unlisted`` (absent from a newer snapshot
    of its side), ``relisted``. Opening, filing and closing dates are fields like any other.
    """
    events: list[pd.DataFrame] = []
    everything = _stack(batches)
    for (declared, _), side in everything.groupby(["declared", "kind"]):
        before: pd.DataFrame | None = None
        ever = pd.Index([])
        for _, snapshot in side.groupby("snapshot"):
            after = snapshot.drop_duplicates("subject_id", keep="last").set_index("subject_id")
            events += _compare(before, after, ever, bool(declared))
            before, ever = after, ever.union(after.index)
    columns = ["subject_id", "declared", "period", "event", "field", "before", "after", "batch"]
    if not events:
        return pd.DataFrame(columns=columns)
    told = pd.concat(events, ignore_index=True)[columns]
    return told.sort_values(["subject_id", "period", "event", "field"], ignore_index=True)


def reconcile(roster: RosterAsOf, newest_updates: pd.DataFrame, observed: pd.DataFrame) -> dict[str, pd.DataFrame]:
    """Set declared against found; every table has the columns ``RECONCILED``, sorted by subject_id.

    ``newest_updates``: subject_id, last_published_at. ``observed``: subject_id of everything observed in the
    period. A declared subject counts as not found only when nobody found it and nothing was observed of it.
    """
    declared, found = roster.declared, roster.found
    pairs = _pairs(declared, found)
    unmatched = found[~found["subject_id"].isin(pairs["subject_id_found"])]
    # A survey that lists a declared account again has found it; it is not a second one.
    seen = set(pairs["subject_id"]) | set(observed["subject_id"])
    return {
        "matched": _table(pairs, other_id=pairs["subject_id_found"]),
        "declared_not_found": _table(declared[~declared["subject_id"].isin(seen)]),
        "found_not_declared": _table(unmatched),
        "differing": _differing(pairs),
        "closed_but_publishing": _closed_but_publishing(roster.closed, newest_updates),
        "several_accounts": _several_accounts(pd.concat([declared, unmatched], ignore_index=True)),
        "unlisted": _table(roster.unlisted),
    }


def _stack(batches: Sequence[RosterBatch]) -> pd.DataFrame:
    """Stack the batches' rows in order; ``snapshot`` is the last day of the period each was filed under."""
    frames = [
        batch.rows[ROSTER.names].assign(snapshot=batch.period.after, filed_under=batch.period.label, batch=batch.batch_id)
        for batch in sorted(batches, key=lambda b: b.period.after)
    ]
    if not frames:
        return pd.DataFrame(columns=[*ROSTER.names, "snapshot", "filed_under", "batch"]).astype({"declared": bool})
    stacked = pd.concat(frames, ignore_index=True)
    stacked["declared"] = stacked["declared"].fillna(value=True).astype(bool)
    return stacked


def _rows(frame: pd.DataFrame) -> pd.DataFrame:
    return frame[ROSTER.names].sort_values(["subject_id", "declared"], ignore_index=True)


def _on_or_after(days: pd.Series, day: date) -> pd.Series:
    return (pd.to_datetime(days) >= pd.Timestamp(day)).fillna(value=False)


def _compare(before: pd.DataFrame | None, after: pd.DataFrame, ever: pd.Index, declared: bool) -> list[pd.DataFrame]:
    period, batch = after["filed_under"].iloc[0], after["batch"].iloc[0]

    def event(name: str, subjects: pd.Index, **fields: object) -> pd.DataFrame:
        facts = {"declared": declared, "period": period, "event": name, "batch": batch}
        return pd.DataFrame({"subject_id": subjects, "field": "", "before": None, "after": None, **facts, **fields})

    if before is None:
        return [event("listed", after.index)]
    new = after.index.difference(before.index)
    events = [
        event("listed", new.difference(ever)),
        event("relisted", new.intersection(ever)),
        event("unlisted", before.index.difference(after.index)),
    ]
    both = before.index.intersection(after.index)
    for field in ROSTER.names[1:]:
        old, now = before.loc[both, field], after.loc[both, field]
        changed = both[((old != now) & ~(old.isna() & now.isna())).to_numpy(dtype=bool, na_value=True)]
        if len(changed):
            values = {"before": old[changed].astype("string").to_numpy(), "after": now[changed].astype("string").to_numpy()}
            events.append(event("changed", changed, **{"field": field, **values}))
    return [told for told in events if len(told)]


def _plain(texts: pd.Series) -> pd.Series:
    """Spell names alike: width, case and spaces do not make two names."""
    return texts.astype("string").str.normalize("NFKC").str.replace(r"\s+", "", regex=True).str.casefold()


def _place(addresses: pd.Series) -> pd.Series:
    return _plain(addresses).str.replace(r"^https?://", "", regex=True).str.rstrip("/")


def _pairs(declared: pd.DataFrame, found: pd.DataFrame) -> pd.DataFrame:
    """Pair each found subject with the declared one it is: by id, else by platform and name, else by address."""
    left, right = _keyed(declared), _keyed(found)
    pairs: list[pd.DataFrame] = []
    for keys in (["kind", "subject_id"], ["kind", "platform_key", "name_key"], ["kind", "address_key"]):
        right_open = right.dropna(subset=keys[1:] if "platform_key" not in keys else ["name_key"])
        if pairs:
            right_open = right_open[~right_open["subject_id"].isin(pd.concat(pairs)["subject_id_found"])]
        candidates = left.dropna(subset=["address_key"]) if "address_key" in keys else left
        right_side = right_open.assign(subject_id_found=right_open["subject_id"])
        if "subject_id" not in keys:
            right_side = right_side.drop(columns="subject_id")
        merged = candidates.merge(right_side, on=keys, suffixes=("", "_found"))
        pairs.append(merged.drop_duplicates("subject_id_found"))
    columns = [*_SUBJECT, "subject_id_found", "name_found", "sponsor_found"]
    return pd.concat([pair.reindex(columns=columns) for pair in pairs], ignore_index=True)


def _keyed(frame: pd.DataFrame) -> pd.DataFrame:
    return frame[[*_SUBJECT, "address"]].assign(
        platform_key=_plain(frame["platform"]).fillna(""),
        name_key=_plain(frame["name"]),
        address_key=_place(frame["address"]),
    )


def _differing(pairs: pd.DataFrame) -> pd.DataFrame:
    tables = []
    for field in ("name", "sponsor"):
        ours, theirs = pairs[field], pairs[f"{field}_found"]
        differ = pairs[(_plain(ours) != _plain(theirs)).fillna(value=False).to_numpy() & theirs.notna().to_numpy()]
        tables.append(
            _table(
                differ,
                other_id=differ["subject_id_found"],
                field=field,
                declared_value=differ[field],
                found_value=differ[f"{field}_found"],
            )
        )
    return pd.concat(tables, ignore_index=True).sort_values(["subject_id", "field"], ignore_index=True)


def _closed_but_publishing(closed: pd.DataFrame, newest_updates: pd.DataFrame) -> pd.DataFrame:
    published = newest_updates.dropna(subset="last_published_at").groupby("subject_id")["last_published_at"].max()
    days = published.dt.tz_convert(SHANGHAI).dt.tz_localize(None).dt.normalize().rename("published_on").reset_index()
    known = closed[closed["closed_on"].notna()].merge(days, on="subject_id")
    # The closing day itself may carry the farewell notice; only later days contradict the register.
    late = known[known["published_on"] > pd.to_datetime(known["closed_on"])]
    return _table(late, note=late["published_on"].dt.strftime("%Y-%m-%d"), declared_value=late["closed_on"].astype("string"))


def _several_accounts(subjects: pd.DataFrame) -> pd.DataFrame:
    accounts = subjects[(subjects["kind"] == Kind.ACCOUNT) & subjects["platform"].notna()]
    keys = [_plain(accounts["sponsor"]), accounts["platform"]]
    sizes = accounts.groupby(keys)["subject_id"].transform("size")
    several = accounts[sizes > 1]
    return _table(several, note=sizes[sizes > 1].astype("string"))


def _table(subjects: pd.DataFrame, **columns: object) -> pd.DataFrame:
    table = subjects.reindex(columns=_SUBJECT).assign(**columns)
    return table.reindex(columns=RECONCILED).sort_values("subject_id", kind="stable", ignore_index=True)
