"""From the filed draft to the signed circular: reviews, signing, publication, withdrawal, delivery.

Everything here works from filed editions, never from a run's workspace: reviews may take weeks.
"""
