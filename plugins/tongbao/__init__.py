"""Turn unit rosters and scan results into the inspection circular an office signs."""

__version__ = "0.1.0"
