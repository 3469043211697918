"""The web pages served inside Airflow: drafts, issued circulars, what became of deliveries. Read only."""

from tongbao_portal.mount import Portal

__all__ = ["Portal"]
