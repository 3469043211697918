"""From a delivered file to rows that are accepted or handed back: read, normalise, validate, quarantine."""
