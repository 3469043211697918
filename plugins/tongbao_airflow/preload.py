"""What a Celery worker imports once, before it forks its tasks: each task alone would spend longer on it than on most steps.

Only modules: settings, rosters and archives are read by the tasks, which must see what is there when they run.
"""

from __future__ import annotations

from importlib import import_module

MODULES = (
    "aiobotocore.client",
    "aiobotocore.endpoint",
    "airflow.providers.standard.operators.hitl",
    "pypdf",
    "s3fs",
    "tongbao.intake.inbox",
    "tongbao.publication.tasks",
    "tongbao.steps",
)

for name in MODULES:
    import_module(name)
import_module("tongbao.intake.suite").great_expectations()
