"""Dates, times and durations as text."""

from datetime import date, datetime, time, timedelta


def iso_text(moment: datetime | date | time | timedelta) -> str:
    """A date, time or duration as text; a date at midnight without the time.

    >>> iso_text(datetime(2024, 5, 1)), iso_text(datetime(2024, 5, 1, 8, 30))
    ('2024-05-01', '2024-05-01T08:30:00')
    """
    if isinstance(moment, timedelta):
        return str(moment)
    if isinstance(moment, datetime) and moment.tzinfo is None and moment.time() == time():
        return moment.date().isoformat()
    return moment.isoformat()
